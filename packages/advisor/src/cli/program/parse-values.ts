import { InvalidArgumentError } from "commander";

/** @throws InvalidArgumentError unless a text is a decimal number above 0 and below 1. */
export function parseShare(text: string): number {
  const share = Number(text);
  if (!/^(?:0?\.\d+)$/.test(text) || share <= 0 || share >= 1) {
    throw new InvalidArgumentError("expected a number between 0 and 1, such as 0.6");
  }
  return share;
}

/** @throws InvalidArgumentError unless a text is a whole number above zero. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count === 0) {
    throw new InvalidArgumentError("expected a whole number above zero");
  }
  return count;
}

/** Each holds all requests: up to 0.3 GB. */
const WORKERS_MAX = 64;

/** @throws InvalidArgumentError unless a text is a whole number of workers that can be started. */
export function parseWorkers(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > WORKERS_MAX) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${String(WORKERS_MAX)}`);
  }
  return count;
}

/**
 * The share that a percentage is; its sign may be left out.
 *
 * @throws InvalidArgumentError for other texts.
 */
export function parsePercent(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?) ?%?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("expected a percentage, such as 10%");
  return Number(number) / 100;
}
