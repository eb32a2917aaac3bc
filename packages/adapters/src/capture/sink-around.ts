import type { LedgerEvent } from "@farthing/ledger";
import type { EventSink } from "./event-sink.ts";

/**
 * A sink that records through another: everything else is the other's. Without its settings personal labels would not be
 * known for what they are by whoever is given this one.
 */
export function sinkAround(sink: EventSink, record: (event: LedgerEvent) => void): EventSink {
  return {
    record,
    flush: () => sink.flush(),
    fingerprintKey: () => sink.fingerprintKey(),
    ...(sink.onClosing === undefined ? {} : { onClosing: sink.onClosing.bind(sink) }),
    ...(sink.find === undefined ? {} : { find: sink.find.bind(sink) }),
    ...(sink.settings === undefined ? {} : { settings: sink.settings }),
    ...(sink.view === undefined ? {} : { view: sink.view.bind(sink) }),
  };
}
