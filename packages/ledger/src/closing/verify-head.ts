import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import type { PeriodClosed } from "../events/event.ts";
import { openFolderToRead } from "../store/file/ledger-folder.ts";
import { chainHeadOf } from "./chain-head.ts";
import { compareLogs } from "./compare-logs.ts";
import type { HeadDifference } from "./head-difference.ts";
import { findClosings, type ClosingLine } from "./find-closings.ts";

export type { HeadDifference } from "./head-difference.ts";

/**
 * Whether what a ledger held when a period was closed is unchanged.
 *
 * `proven`: every line before the position, and the closing, are what they were. `changed`: one is not. `not-told`: lines
 * that the head covers were pruned since, so that nobody can tell. `no-closing`: no closing here has this head: it was removed or
 * changed, or the head is of another ledger.
 */
export type HeadOutcome = "proven" | "changed" | "not-told" | "no-closing";

export interface HeadVerification {
  /** As it was kept. */
  readonly head: string;
  readonly outcome: HeadOutcome;
  /** As the ledger has it; null where no closing has this head. */
  readonly closing: PeriodClosed | null;
  readonly differences: readonly HeadDifference[];
}

/**
 * Holds a ledger against the head that was printed when one of its periods was closed.
 *
 * Reads the log alone, and every line before the closing's position. Lines added since do not matter, nor where the folder
 * is, nor what is derived from the log.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError
 */
export async function verifyHead(
  root: string,
  head: string,
  { fileSystem = nodeFileSystem }: { readonly fileSystem?: FileSystem } = {},
): Promise<HeadVerification> {
  await openFolderToRead(root, fileSystem);
  const lines = await findClosings(root, fileSystem);
  const intact = lines.find(({ closing }) => closing !== null && isIntact(closing, head))?.closing ?? null;
  if (intact === null) return withoutClosing(head, lines);
  const differences = contradictions(lines, intact);
  const { changes, isPruned } = await compareLogs(root, intact, fileSystem);
  differences.push(...changes);
  const outcome = differences.length > 0 ? "changed" : isPruned ? "not-told" : "proven";
  return { head, outcome, closing: intact, differences };
}

function isIntact(closing: PeriodClosed, head: string): boolean {
  return closing.chainHead === head && chainHeadOf(closing) === head;
}

/** Other lines that close the same time, or have the id of a closing and say something else than it does. */
function contradictions(lines: readonly ClosingLine[], intact: PeriodClosed): HeadDifference[] {
  const others = lines.filter(
    ({ closing }) =>
      closing !== null && closing.id !== intact.id && closing.from < intact.until && closing.until > intact.from,
  );
  return [
    ...others.map((line) => at(line, `another closing of the same time says something else: ${saying(line.closing)}`)),
    ...changedCopies(lines, intact),
  ];
}

function changedCopies(lines: readonly ClosingLine[], intact: PeriodClosed): HeadDifference[] {
  return lines
    .filter(({ closing }) => closing?.id === intact.id && !isIntact(closing, intact.chainHead))
    .map((line) => at(line, `another line has the id of the closing and says something else: ${saying(line.closing)}`));
}

function withoutClosing(head: string, lines: readonly ClosingLine[]): HeadVerification {
  const changed = lines.filter(
    ({ closing }) => closing !== null && (closing.chainHead === head || chainHeadOf(closing) === head),
  );
  const [first] = changed;
  if (first !== undefined) {
    const differences = changed.map((line) =>
      at(line, `the closing was changed since this head was printed; it says ${saying(line.closing)}`),
    );
    return { head, outcome: "changed", closing: first.closing, differences };
  }
  const why =
    lines.length === 0
      ? "no period of this ledger is closed: the closing was removed, or the head is of another ledger"
      : "no closing of this ledger has this head: it was removed or changed, or the head is of another ledger";
  const others = lines.map((line) =>
    at(line, line.closing === null ? "a damaged line that held a closing" : `a closing of ${saying(line.closing)}`),
  );
  return {
    head,
    outcome: "no-closing",
    closing: null,
    differences: [{ file: null, line: null, byte: null, what: why }, ...others],
  };
}

function at({ file, line, byte }: ClosingLine, what: string): HeadDifference {
  return { file, line, byte, what };
}

function saying(closing: PeriodClosed | null): string {
  return closing === null ? "nothing" : `${closing.from} to ${closing.until} with $${closing.usd}`;
}
