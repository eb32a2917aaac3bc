import { decodeEvent, type LedgerEvent } from "@farthing/ledger";
import { eventText } from "./event-text.ts";
import { WriterTraffic } from "./traffic.ts";

/** The newest events of an application of its own, of 2 KB each, every one with an id that no ledger of another seed has. */
export function sampleEvents(seed: number, count: number): LedgerEvent[] {
  const traffic = new WriterTraffic({ seed, events: count * 40 }, 0);
  const events: LedgerEvent[] = [];
  for (let number = traffic.conversations - 1; events.length < count && number >= 0; number -= 1) {
    const conversation = traffic.begin(number);
    for (let left = traffic.requestsOf(number); left > 0; left -= 1) {
      events.push(decodeEvent(eventText(conversation.next(), "original")));
    }
  }
  return events.slice(0, count);
}
