export {
  openEventWriter,
  type EventWriter,
  type EventWriterOptions,
  type EventWriterTarget,
} from "./open-event-writer.ts";
export type { LineStream } from "./stream-target.ts";
export type { EventSink } from "../capture/event-sink.ts";
