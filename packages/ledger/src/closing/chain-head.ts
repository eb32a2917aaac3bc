import { hash } from "node:crypto";
import { canonicalJson } from "../events/canonical.ts";
import type { PeriodClosed } from "../events/event.ts";

/** What a closing says, before it is known what binds it. */
export type ClosingStatement = Omit<PeriodClosed, "chainHead">;

/**
 * One hash over a closing: its figure, and through the chain values in `heads` every line before its position.
 *
 * Everything that the event says goes into it, in canonical JSON, but for itself and the sources through which the event
 * came, which grow when it is imported again.
 */
export function chainHeadOf(closing: ClosingStatement): string {
  const { sources: _sources, ...statement } = closing;
  return hash("sha256", canonicalJson({ ...statement, chainHead: undefined }), "hex");
}
