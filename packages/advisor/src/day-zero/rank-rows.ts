import { compare, sum, type Money } from "@farthing/ledger";
import type { BilledLine } from "./billed-lines.ts";
import { ceilingsOf, type CeilingPrices } from "./ceilings.ts";
import type { RankedRow } from "./day-zero.ts";

/** Lines by model, kind of token, key and workspace; the largest amount first, and what has none last. */
export function rankRows(lines: readonly BilledLine[], prices: CeilingPrices): readonly RankedRow[] {
  const alike = new Map<string, [BilledLine, ...BilledLine[]]>();
  for (const line of lines) {
    // What is priced is one row, and what is not another: an amount is never that of a part.
    const key = JSON.stringify([line.model, line.item, line.apiKey, line.workspace, line.noAmount]);
    const held = alike.get(key);
    if (held === undefined) alike.set(key, [line]);
    else held.push(line);
  }
  return [...alike]
    .map(([key, same]) => ({ key, row: rowOf(same, prices) }))
    .sort((a, b) => byAmount(a.row.usd, b.row.usd) || (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}

function rowOf(lines: readonly [BilledLine, ...BilledLine[]], prices: CeilingPrices): RankedRow {
  const [{ model, item, apiKey, workspace, noAmount }] = lines;
  const amounts = lines.map(({ usd }) => usd).filter((usd) => usd !== null);
  const usd = noAmount === null ? sum(amounts) : null;
  const counts = lines.map(({ tokens }) => tokens).filter((count) => count !== null);
  return {
    model,
    item,
    apiKey,
    workspace,
    usd,
    tokens: counts.length === 0 ? null : counts.reduce((total, count) => total + count, 0),
    atLeast: lines.some(({ atLeast }) => atLeast),
    noAmount,
    ...ceilingsOf(lines, usd, prices),
  };
}

function byAmount(a: Money | null, b: Money | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(b, a);
}
