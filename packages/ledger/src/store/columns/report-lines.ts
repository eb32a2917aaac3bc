import { canonicalJson } from "../../events/canonical.ts";
import type { BillLine, BillReport, KnownEvent } from "../../events/event.ts";
import { isEventOf } from "../../events/known-event.ts";

// A bill can have hundreds of thousands of rows, and nearly every question is about something else: the lines of reports
// are kept apart from all other facts, and read when somebody asks for them.

/** Events without the lines of their reports, and these. */
export interface ApartLines {
  readonly events: readonly KnownEvent[];
  /** By an event's place, how many bytes its lines take in `bytes`, one after the other. */
  readonly places: readonly (readonly [event: number, byteLength: number])[];
  /** JSON in UTF-8. */
  readonly bytes: Uint8Array;
}

/** The lines of reports that were not read yet, so that nobody parses them to write them again. */
const UNREAD = new WeakMap<BillReport, Uint8Array>();

/** Takes the lines of reports out of events. */
export function withoutLines(events: readonly KnownEvent[]): ApartLines {
  const parts: Uint8Array[] = [];
  const places: [number, number][] = [];
  const bare = events.map((event, index): KnownEvent => {
    if (!isEventOf(event, "BillReported") || event.report === undefined) return event;
    const { report } = event;
    const lines = UNREAD.get(report) ?? Buffer.from(canonicalJson(report.lines), "utf8");
    parts.push(lines);
    places.push([index, lines.length]);
    const { kind, groupedBy, complete } = report;
    return { ...event, report: { kind, groupedBy, complete, lines: NO_LINES } };
  });
  return { events: bare, places, bytes: Buffer.concat(parts) };
}

/** Puts the lines of reports back, to be parsed when they are asked for. */
export function withLines({ events, places, bytes }: ApartLines): readonly KnownEvent[] {
  if (places.length === 0) return events;
  const whole = [...events];
  let at = 0;
  for (const [index, length] of places) {
    const event = whole[index];
    if (event !== undefined && isEventOf(event, "BillReported") && event.report !== undefined) {
      whole[index] = { ...event, report: unread(event.report, bytes.subarray(at, at + length)) };
    }
    at += length;
  }
  return whole;
}

const NO_LINES: readonly BillLine[] = [];

function unread({ kind, groupedBy, complete }: BillReport, bytes: Uint8Array): BillReport {
  let lines: readonly BillLine[] | null = null;
  const report: BillReport = {
    kind,
    groupedBy,
    complete,
    get lines(): readonly BillLine[] {
      lines ??= JSON.parse(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"),
      ) as BillLine[];
      return lines;
    },
  };
  UNREAD.set(report, bytes);
  return report;
}
