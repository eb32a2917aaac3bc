import type { Usage } from "@farthing/ledger";

/** Parameters of a request, as `messages.create` takes them. */
export type RequestParams = Readonly<Record<string, unknown>>;

/** An answer that the present model has given already. */
export interface RecordedAnswer {
  /** Its text, or what it holds as JSON. */
  readonly answer: unknown;
  /** Null where it is not known. */
  readonly usage: Usage | null;
}

/** One request of a user's own, to be asked again. */
export interface Sample {
  /** Where it is in its file, from 1. */
  readonly line: number;
  /** The present model, as its parameters name it; null where they name none. */
  readonly model: string | null;
  readonly params: RequestParams;
  /** Null: the present model is asked too. */
  readonly recorded: RecordedAnswer | null;
}

/** Whether a value of unknown form has fields. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
