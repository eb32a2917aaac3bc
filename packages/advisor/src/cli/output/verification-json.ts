import { formatInstant, type RepairStep, type Verification } from "@farthing/ledger";

/** What a verification found as its JSON document; `steps` is null where no repair was asked for. */
export function verificationToJson(verification: Verification, steps: readonly RepairStep[] | null): object {
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
  };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}
