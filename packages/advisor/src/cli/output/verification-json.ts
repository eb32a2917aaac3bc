import { formatInstant, type HeadVerification, type RepairStep, type Verification } from "@farthing/ledger";

/** What a verification found as its JSON document; `steps` and `head` are null where nobody asked for that. */
export function verificationToJson(
  verification: Verification,
  steps: readonly RepairStep[] | null,
  head: HeadVerification | null,
): object {
  const { path, isSound, lines, segments, bytes, lost, logs, counts, problems } = verification;
  return {
    ledger: path,
    sound: isSound,
    lines,
    segments,
    bytes,
    lost,
    logs: logs.map((log) => ({ ...log, firstAt: timeOf(log.firstAt), lastAt: timeOf(log.lastAt) })),
    counts,
    problems,
    repair: steps,
    head: head === null ? null : headToJson(head),
  };
}

function headToJson({ head, outcome, closing, differences }: HeadVerification): object {
  const closed = closing === null ? null : { from: closing.from, until: closing.until, usd: closing.usd };
  return { head, outcome, closed, differences };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}
