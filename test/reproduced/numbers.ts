import { execFileSync } from "node:child_process";
import { runCli } from "../support/run-cli.ts";

/** A number of a document, with the command that is to print it again. */
export interface PlacedNumber {
  readonly path: string;
  /** Amounts and other exact decimals are texts. */
  readonly value: number | string;
  /** The nearest one on the way up. */
  readonly command: string | null;
}

const DECIMAL = /^-?\d+(\.\d+)?$/;
/** Not numbers, whatever they look like: names of things, and the version of the document's shape. */
const NOT_NUMBERS = new Set(["schemaVersion", "name", "model", "workload", "id", "subject", "at", "priceBook", "asOf"]);

/** All numbers of a JSON document, amounts included. */
export function numbersIn(value: unknown, path = "", command: string | null = null): readonly PlacedNumber[] {
  if (typeof value === "number") return [{ path, value, command }];
  if (typeof value === "string") return DECIMAL.test(value) ? [{ path, value, command }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => numbersIn(item, `${path}[${index}]`, command));
  if (typeof value !== "object" || value === null) return [];
  const own: unknown = "command" in value ? value.command : null;
  const nearest = typeof own === "string" ? own : command;
  return Object.entries(value).flatMap(([key, inner]) =>
    NOT_NUMBERS.has(key) ? [] : numbersIn(inner, `${path}.${key}`, nearest),
  );
}

/** The words of a command line, as a shell takes them. */
export function wordsOf(command: string): readonly string[] {
  const script = `set -- ${command}; for word do printf '%s\\0' "$word"; done`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8", env: {} }).split("\0").slice(0, -1);
}

/** What a command line prints, as JSON, where this is the ledger that is found. */
export async function printedBy(command: string, ledger: string | null = null): Promise<unknown> {
  const [program, ...args] = wordsOf(command);
  if (program !== "farthing") throw new Error(`${command} is no call of farthing`);
  const { exitCode, stdout, stderr } = await runCli(args, ledger === null ? {} : { env: { FARTHING_LEDGER: ledger } });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`${command}\nends with ${String(exitCode)}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Runs each distinct command of a document, and lists the numbers without one, and those that theirs does not print. */
export async function notPrintedAgain(document: unknown, ledger: string | null = null): Promise<readonly string[]> {
  const numbers = numbersIn(document);
  const lost = numbers.filter(({ command }) => command === null).map(({ path }) => `${path} has no command`);
  const commands = new Set(numbers.flatMap(({ command }) => command ?? []));
  for (const command of commands) {
    const printed = new Set(numbersIn(await printedBy(command, ledger)).map(({ value }) => value));
    for (const { path, value } of numbers.filter((each) => each.command === command)) {
      if (!printed.has(value)) lost.push(`${path}: ${String(value)} is not printed by ${command}`);
    }
  }
  return lost;
}
