import type { Place } from "./problem.ts";

/** What a writer's log came to. */
export interface LogSummary {
  readonly writer: string;
  readonly segments: number;
  readonly bytes: number;
  /** Lines that hold an event which counts. */
  readonly lines: number;
  /** Numbers that no good line has: events that were recorded and cannot be read. */
  readonly lost: number;
  /** When the first and the last line were recorded, in milliseconds since 1970; null where lines do not say. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** Number and chain value of the newest line. Kept elsewhere, they prove later that the log was not cut short. */
  readonly head: { readonly seq: number; readonly chain: string };
}

/**
 * A number and a chain value that bind lines of a log. Of an unbroken chain one link binds all: that of the last line.
 * Where a line does not follow the one before it, there are two more: that of the one before, and the line itself, as if it
 * were the first of a log.
 */
export interface ChainLink {
  readonly seq: number;
  readonly chain: string;
}

/** The last line of a log where no newline ends it. */
export interface UnendedLine {
  readonly place: Place;
  /** Whether nothing but the newline is missing. */
  readonly whole: boolean;
}
