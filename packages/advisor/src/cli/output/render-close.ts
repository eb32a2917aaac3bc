import { displayUsd, type ClosedPeriod } from "@farthing/ledger";
import { priceUnder, type ContractTerms } from "../../contract/contract.ts";
import { contractSentences } from "../../contract/contract-words.ts";
import { printable, wrap } from "../../report/text-layout.ts";
import { grouped } from "../../report/words.ts";
import { isSpendAtLeast } from "../input/contract-of.ts";
import { displayIsoDay, displayQuantity } from "./format-values.ts";

/** How a closing is told. */
export interface CloseQuestion {
  readonly dryRun: boolean;
  /** Whether the figure is what was paid. */
  readonly isSpent: boolean;
  /** What was agreed on beyond list prices; null where nothing is set. */
  readonly contract: ContractTerms | null;
}

export interface CloseLayout {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

const INDENT = "  ";

/** A period that was closed, for people: what is open, then the figure and what it rests on. */
export function renderClose(
  period: string,
  { closing, spend, open }: ClosedPeriod,
  { dryRun, isSpent, contract }: CloseQuestion,
  { columns, bold }: CloseLayout,
): string[] {
  const price = priceUnder(contract, spend.total.usd, isSpendAtLeast(spend));
  const what = `${displayUsd(spend.total.usd)}${isSpent ? "" : " at API list prices"}`;
  const verb = dryRun ? "WOULD BE CLOSED WITH" : "CLOSED WITH";
  return [
    `farthing close   ${printable(period)}, ${closing.timeZone ?? ""}`,
    ...openLines(open, columns),
    bold(`${verb} ${what}   ${displayQuantity(spend.total.requests, "response")}`),
    ...(price === null ? [] : contractSentences(price, null)).flatMap((sentence) =>
      wrap(`${INDENT}${sentence}`, columns, INDENT),
    ),
    ...(dryRun ? [] : ["", ...restsOn(closing, columns)]),
  ];
}

function restsOn(
  { usd, position, priceBookHash, chainHead }: ClosedPeriod["closing"],
  columns: number,
): readonly string[] {
  return [
    `exact       $${usd}`,
    `prices      ${priceBookHash}`,
    // A position is to be copied, and nothing that is copied is cut.
    `position    ${position === "" ? "nothing was recorded" : position}`,
    `chain head  ${chainHead}`,
    ...wrap(
      "Keep the chain head elsewhere: farthing verify --head HEAD proves with it that nothing before it changed.",
      columns,
      "",
    ),
  ];
}

/** What can still change the figure, or is missing from it. */
function openLines(open: ClosedPeriod["open"], columns: number): string[] {
  const lines = [
    ...open.unreadBatches.map(
      ({ batch, service, requests, recorded, deletedAt }) =>
        `results of batch ${printable(batch)}${service === null ? "" : ` of ${printable(service)}`}: ` +
        `${grouped(recorded)} of ${grouped(requests)} read; they are deleted on ${displayIsoDay(deletedAt)}`,
    ),
    ...open.unpriced.map(
      ({ model, reason, requests }) =>
        `${displayQuantity(requests, "response")} of ${printable(model)} without a price (${reason})`,
    ),
    ...counted(open.failedAtUnknownCost, "attempt", "without an answer, which may have been billed"),
    ...counted(open.lowerBoundRequests, "response", "without a recorded end, of which the output may be higher"),
    ...counted(open.droppedEvents, "event", "that a full queue left out"),
    ...counted(open.damagedPlaces, "place", "of the ledger that cannot be read: farthing verify names them"),
  ];
  if (lines.length === 0) return ["OPEN   nothing"];
  return [
    "OPEN   not in the figure, or not for certain",
    ...lines.flatMap((line) => wrap(`${INDENT}${line}`, columns, INDENT + INDENT)),
  ];
}

function counted(count: number, noun: string, what: string): string[] {
  return count === 0 ? [] : [`${displayQuantity(count, noun)} ${what}`];
}
