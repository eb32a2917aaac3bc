import { openMemoryStore } from "@farthing/ledger";
import { expect, it } from "vitest";
import { anUnknownEvent } from "../support/builders.ts";
import { describeEventStore } from "../support/describe-event-store.ts";

describeEventStore("memory", async () => openMemoryStore());

it("takes more events at once than a call takes arguments", async () => {
  const store = openMemoryStore();
  const events = Array.from({ length: 130_000 }, (_, index) => anUnknownEvent({ id: `teapot:${String(index)}` }));
  expect(await store.append(events)).toHaveLength(events.length);
});
