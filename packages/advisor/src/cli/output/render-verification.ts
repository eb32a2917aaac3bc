import { relative } from "node:path";
import type { HeadOutcome, HeadVerification, LogSummary, Problem, RepairStep, Verification } from "@farthing/ledger";
import { printable, wrap } from "../../report/text-layout.ts";
import { displayBytes, displayCount, displayIsoDay, displayQuantity } from "./format-values.ts";
import { renderTable, type Column } from "./table.ts";

export interface VerificationLayout {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

/** Problems beyond this many are counted: what is wrong shows in the first ones. */
const SHOWN_MAX = 20;
const INDENT = "  ";
/** As many characters of a chain value as tell it apart. */
const CHAIN_CHARACTERS = 12;

const COLUMNS: readonly Column[] = [
  { title: "log", align: "left" },
  { title: "lines", align: "right" },
  { title: "files", align: "right" },
  { title: "recorded, UTC", align: "left" },
  { title: "newest line and its chain value", align: "left", cut: "end" },
];

/** What a verification found, for people; `steps` and `head` are null where nobody asked for that. */
export function renderVerification(
  verification: Verification,
  steps: readonly RepairStep[] | null,
  head: HeadVerification | null,
  layout: VerificationLayout,
): string[] {
  return [
    `farthing verify   ${printable(verification.path)}`,
    layout.bold(verdict(verification)),
    ...(head === null ? [] : headLines(head, verification.path, layout)),
    ...(steps === null ? [] : repairLines(steps, verification.path, layout.columns)),
    ...problemLines(verification, layout.columns),
    ...logTable(verification.logs, layout.columns),
  ];
}

function verdict({ isSound, lines, bytes, lost, counts }: Verification): string {
  const read = `${displayQuantity(lines, "line")} of ${displayBytes(bytes)}`;
  if (isSound) return `SOUND   every one of ${read} is as it was written`;
  const missing = lost === 0 ? "no event is lost" : `${displayQuantity(lost, "event")} cannot be read`;
  return `DAMAGED   ${displayQuantity(counts.damage, "problem")}, ${missing}; ${read} can be read`;
}

const HEAD_WORDS: Readonly<Record<HeadOutcome, string>> = {
  proven: "PROVEN   nothing before the chain head was changed",
  changed: "CHANGED   what was closed is not what is there",
  "not-told": "NOT TOLD   lines before the chain head were pruned since, so this cannot be told any more",
  "no-closing": "NOT FOUND   no period was closed with this chain head",
};

function headLines(
  { outcome, closing, differences }: HeadVerification,
  root: string,
  { columns, bold }: VerificationLayout,
): string[] {
  const which = closing === null ? [] : [`${INDENT}closed: ${closing.from} to ${closing.until}, $${closing.usd}`];
  return [
    ...wrap(HEAD_WORDS[outcome], columns, INDENT).map(bold),
    ...which,
    ...differences.slice(0, SHOWN_MAX).flatMap(({ file, line, byte, what }) => {
      const place = file === null ? "" : `${placeIn(root, file, line, byte)}: `;
      return wrap(`${INDENT}${place}${printable(what)}`, columns, INDENT + INDENT);
    }),
    ...more(differences.length - SHOWN_MAX),
  ];
}

const DONE: Readonly<Record<RepairStep["action"], string>> = {
  ended: "ended",
  "moved-aside": "moved aside",
  kept: "kept a copy",
  removed: "removed",
  "made-again": "made again",
  left: "left alone",
};

function repairLines(steps: readonly RepairStep[], root: string, columns: number): string[] {
  if (steps.length === 0) return ["REPAIR   nothing to do"];
  const lines = steps
    .slice(0, SHOWN_MAX)
    .flatMap(({ action, file, byte, what }) =>
      wrap(
        `${INDENT}${DONE[action]}: ${placeIn(root, file, null, byte)}: ${printable(what)}`,
        columns,
        INDENT + INDENT,
      ),
    );
  return ["REPAIR", ...lines, ...more(steps.length - SHOWN_MAX)];
}

const HEADINGS = { damage: "DAMAGE", leftover: "LEFT BEHIND, nothing is missing", note: "TO KNOW" } as const;

function problemLines({ path, problems, counts }: Verification, columns: number): string[] {
  return (["damage", "leftover", "note"] as const).flatMap((severity) => {
    if (counts[severity] === 0) return [];
    const shown = problems.filter((problem) => problem.severity === severity).slice(0, SHOWN_MAX);
    return [
      HEADINGS[severity],
      ...shown.flatMap((problem) => problemText(problem, path, columns)),
      ...more(counts[severity] - shown.length),
    ];
  });
}

function problemText({ file, line, byte, what, remedy }: Problem, root: string, columns: number): string[] {
  return [
    ...wrap(`${INDENT}${placeIn(root, file, line, byte)}: ${printable(what)}`, columns, INDENT + INDENT),
    ...(remedy === null ? [] : wrap(`${INDENT + INDENT}-> ${remedy}`, columns, `${INDENT + INDENT}   `)),
  ];
}

/** A place in a ledger, as editors and `grep -n` write it. */
function placeIn(root: string, file: string, line: number | null, byte: number | null): string {
  const name = printable(relative(root, file));
  return `${name}${line === null ? "" : `:${String(line)}`}${byte === null ? "" : ` (byte ${String(byte)})`}`;
}

function more(count: number): string[] {
  return count > 0 ? [`${INDENT}and ${displayCount(count)} more: --format json`] : [];
}

function logTable(logs: readonly LogSummary[], columns: number): string[] {
  if (logs.length === 0) return ["no events were recorded yet"];
  const rows = logs.map(({ writer, lines, segments, firstAt, lastAt, head }) => [
    writer,
    displayCount(lines),
    displayCount(segments),
    firstAt === null || lastAt === null ? "-" : [...new Set([firstAt, lastAt].map(displayIsoDay))].join(" - "),
    `${String(head.seq)} ${head.chain.slice(0, CHAIN_CHARACTERS)}`,
  ]);
  return ["", ...renderTable(COLUMNS, rows, columns)];
}
