import { EXACT, type Sample, type Sent, type TrialPlan } from "@farthing/advisor";
import { listPriceBook, parseInstant, type Usage } from "@farthing/ledger";

export const NOW = parseInstant("2026-11-22");
export const BOOK = listPriceBook();

/** A plan to try Haiku 5.5 for Sonnet 5; which samples come with an answer is told in turn. */
export function aPlan(count: number, isRecorded: readonly boolean[], repeat: number): TrialPlan {
  const sampleAt = (line: number): Sample => ({
    line,
    model: "claude-sonnet-5",
    params: {
      model: "claude-sonnet-5",
      max_tokens: 200,
      messages: [{ role: "user", content: "x".repeat(line * 100) }],
    },
    recorded: isRecorded[line % isRecorded.length] === true ? { answer: "a", usage: null } : null,
  });
  return {
    samples: Array.from({ length: count }, (_, index) => sampleAt(index + 1)),
    from: "claude-sonnet-5",
    to: "claude-haiku-5-5",
    candidate: null,
    repeat,
    agreement: EXACT,
    book: BOOK,
    now: () => NOW,
  };
}

/** What Haiku answers, to its end. */
export function anAnswer(usage: Usage | null, content: unknown = []): Sent {
  return {
    kind: "answer",
    content,
    servedModel: "claude-haiku-5-5",
    usage,
    stopReason: "end_turn",
    billedTo: "self",
    latencyMs: 1,
  };
}
