import { formatInstant } from "@farthing/ledger";
import type { Decision } from "../../follow-up/decision.ts";
import { printable, wrap } from "../../report/text-layout.ts";

/** A decision that was asked for. */
export interface Decided {
  readonly decision: Decision;
  /** The earlier one that it would only repeat: then nothing was recorded. */
  readonly before: Decision | null;
}

export function renderDecisions(decided: readonly Decided[], columns: number): readonly string[] {
  return decided
    .flatMap(({ decision, before }) => {
      const { kind, advice, said } = decision;
      const first = `${kind}${before === null ? "" : " already"}  ${advice}  ${said.workload}: ${said.title}`;
      return [
        first,
        ...(before === null ? [nextWords(decision)] : [`  on ${formatInstant(before.at)}; nothing was recorded`]),
      ];
    })
    .flatMap((line) => wrap(printable(line), columns, "  "));
}

function nextWords({ kind, said }: Decision): string {
  if (kind === "dismissed") return "  Reports leave it out until it saves half as much again a day.";
  return said.before === null
    ? "  No request shows whether it was made, so what it saves cannot be followed."
    : "  Once requests carry it, `farthing advice list` says what it saved.";
}

export function decidedToJson(decided: readonly Decided[]): object {
  return {
    decisions: decided.map(({ decision, before }) => ({
      id: decision.advice,
      kind: decision.kind,
      recorded: before === null,
      at: formatInstant((before ?? decision).at),
      reason: reasonOf(before ?? decision),
      workload: decision.said.workload,
      title: decision.said.title,
      change: decision.said.change,
      followed: decision.said.before !== null,
    })),
  };
}

function reasonOf(decision: Decision): string | null {
  return decision.kind === "dismissed" ? decision.reason : null;
}
