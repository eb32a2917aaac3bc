import { createHash } from "node:crypto";
import { formatInstant, isEventOf, parseInstant, type AdviceEvent, type KnownEvent } from "@farthing/ledger";
import type { Acceptance, Decision } from "./decision.ts";
import { saidFromJson, saidToJson, text } from "./said-json.ts";

const ID_DIGITS = 16;
const SOURCES = ["advice"];

/** A decision as an event. Equal decisions are equal events, wherever and however often they are made. */
export function eventOfDecision(decision: Decision): AdviceEvent {
  const { kind, advice, at, said } = decision;
  const type = kind === "accepted" ? "AdviceAccepted" : "AdviceDismissed";
  const detail = { ...saidToJson(said), ...(kind === "dismissed" ? { reason: decision.reason } : {}) };
  const occurredAt = formatInstant(at);
  const content = JSON.stringify([type, advice, occurredAt, detail]);
  const digest = createHash("sha256").update(content).digest("hex").slice(0, ID_DIGITS);
  return { type, version: 1, id: `advice:${advice}/${digest}`, occurredAt, sources: SOURCES, advice, detail };
}

export interface RecordedDecisions {
  /** The decision in force on each piece of advice that has one, by its id. */
  readonly inForce: ReadonlyMap<string, Decision>;
  /** Events that cannot be read, and why; they decide nothing. */
  readonly rejected: readonly { readonly id: string; readonly why: string }[];
}

/**
 * What has been decided: on each piece of advice the last decision counts. One that repeats it changes nothing, so that
 * advice is accepted as it was when it was accepted first. Dismissed advice that came back and was dismissed again is
 * dismissed as it was then.
 *
 * @param events In any order; events of other types are passed over.
 */
export function decisionsOf(events: readonly KnownEvent[]): RecordedDecisions {
  const rejected: { id: string; why: string }[] = [];
  const decisions = events
    .filter(isDecision)
    .toSorted((a, b) => compareTexts(a.occurredAt, b.occurredAt) || compareTexts(a.id, b.id))
    .flatMap((event) => {
      try {
        return [toDecision(event)];
      } catch (error) {
        rejected.push({ id: event.id, why: error instanceof Error ? error.message : String(error) });
        return [];
      }
    });
  const inForce = new Map<string, Decision>();
  for (const decision of decisions) {
    const before = inForce.get(decision.advice);
    if (before?.kind === "accepted" && decision.kind === "accepted") continue;
    inForce.set(
      decision.advice,
      decision.kind === "accepted" ? decision : { ...decision, after: acceptedBefore(before) },
    );
  }
  return { inForce, rejected };
}

function acceptedBefore(before: Decision | undefined): Acceptance | null {
  if (before === undefined) return null;
  return before.kind === "accepted" ? before : before.after;
}

function isDecision(event: KnownEvent): event is AdviceEvent {
  return isEventOf(event, "AdviceAccepted") || isEventOf(event, "AdviceDismissed");
}

function toDecision({ type, advice, occurredAt, detail }: AdviceEvent): Decision {
  const decided = { advice, at: parseInstant(occurredAt), said: saidFromJson(detail) };
  if (type === "AdviceAccepted") return { kind: "accepted", ...decided };
  return { kind: "dismissed", ...decided, reason: text(detail, "reason"), after: null };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
