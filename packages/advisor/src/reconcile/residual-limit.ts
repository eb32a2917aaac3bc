import { money, parseUsd, sum, type Money } from "@farthing/ledger";
import type { Reconciliation, ResidualPart } from "./reconciliation.ts";

/** The most that may differ: an amount, or a percentage of the bill in millionths of a whole. */
export type ResidualLimit = { readonly usd: Money } | { readonly millionths: bigint };

/** What is held against a limit. */
export type LimitedResidual = "residual" | "unexplained";

/** A limit, what it comes to for this bill, and what is held against it. */
export interface CheckedLimit {
  readonly of: LimitedResidual;
  readonly allowedUsd: Money;
  /** The sizes of the parts added up: what is missing never cancels what is too much. */
  readonly foundUsd: Money;
  readonly holds: boolean;
}

const PERCENT = /^(\d{1,3})(?:\.(\d{1,4}))? ?%$/;

/** Reads `0.5%`, `12` or `12.50` in US dollars; null for another text. */
export function parseResidualLimit(text: string): ResidualLimit | null {
  const [, whole, fraction = ""] = PERCENT.exec(text) ?? [];
  if (whole !== undefined) return { millionths: BigInt(whole + fraction.padEnd(4, "0")) };
  const [, amount] = /^\$?(\d{1,12}(?:\.\d{1,12})?)$/.exec(text) ?? [];
  return amount === undefined ? null : { usd: parseUsd(amount) };
}

export function checkLimit(of: LimitedResidual, limit: ResidualLimit, { bill, parts }: Reconciliation): CheckedLimit {
  const allowedUsd = "usd" in limit ? limit.usd : money((bill.listUsd * limit.millionths) / 1_000_000n);
  const concerned = of === "residual" ? parts : parts.filter((part) => part.class === of);
  const foundUsd = sum(concerned.map(sizeOf));
  return { of, allowedUsd, foundUsd, holds: foundUsd <= allowedUsd };
}

function sizeOf({ usd }: ResidualPart): Money {
  return money(usd < 0n ? -usd : usd);
}
