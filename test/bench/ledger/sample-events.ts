import { decodeEvent, type LedgerEvent } from "@farthing/ledger";
import { eventText } from "./event-text.ts";
import { WriterTraffic } from "./traffic.ts";

/** Events as one application makes them, of 2 KB each, every one with an id of its own. */
export function sampleEvents(seed: number, count: number): LedgerEvent[] {
  const traffic = new WriterTraffic({ seed, events: count * 5 }, 0);
  const events: LedgerEvent[] = [];
  for (let number = 0; events.length < count; number += 1) {
    const conversation = traffic.begin(number);
    for (let left = traffic.requestsOf(number); left > 0; left -= 1) {
      events.push(decodeEvent(eventText(conversation.next(), "original")));
    }
  }
  return events.slice(0, count);
}
