import type { LineWindow, PassedLine } from "./line-window.ts";

/** A conversation is followed at most this many lines back; between two responses there are a handful. */
const STEPS_MAX = 1000;

/** What the lines before a response say about the request it answers. */
export interface Ancestry {
  /** When, as written, the line was that the request was sent for; null where that line is not known. */
  readonly promptedAt: string | null;
  /** Message id of the response before it in its thread; null for the first one, and where unknown. */
  readonly previousMessage: string | null;
  /** Whether the client replaced the conversation by a summary since then. */
  readonly afterCompaction: boolean;
}

/**
 * Follows a response's line back to the previous response of the same thread.
 *
 * A sub-agent's lines hang below the line of the main thread that started it: that is where its thread begins. In
 * the main thread, lines that a sub-agent passed on are stepped over.
 *
 * Each step goes to an earlier line within the window before `startByte`, so lines that name each other end it.
 */
export function ancestryOf(
  response: {
    readonly eventId: string;
    readonly parentUuid: string | null;
    readonly startByte: number;
    readonly thread: string | null;
  },
  window: LineWindow,
): Ancestry {
  const { eventId, startByte, thread } = response;
  const lineBefore = (uuid: string | null, beforeByte: number): PassedLine | null => {
    const line = uuid === null ? null : window.find(uuid, startByte);
    return line !== null && line.startByte < beforeByte ? line : null;
  };

  let prompt: PassedLine | null = null;
  let afterCompaction = false;
  let line = lineBefore(response.parentUuid, startByte);
  for (let steps = 0; line !== null && steps < STEPS_MAX; steps += 1) {
    const ownThread = line.thread === thread;
    if (line.response !== null && line.response.eventId !== eventId) {
      if (ownThread) {
        return { promptedAt: (prompt ?? line).timestamp, previousMessage: line.response.message, afterCompaction };
      }
      if (line.thread === null) break;
    }
    if (line.response === null && ownThread) {
      prompt ??= line;
      afterCompaction ||= line.isCompactBoundary;
    }
    line = lineBefore(line.parentUuid, line.startByte);
  }
  return { promptedAt: prompt?.timestamp ?? null, previousMessage: null, afterCompaction };
}
