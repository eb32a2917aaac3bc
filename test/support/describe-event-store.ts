import {
  ContradictionError,
  foldAccount,
  InvalidEventError,
  LedgerClosedError,
  START,
  type EventStore,
  type LedgerEvent,
  type Position,
  type RecordedEvent,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventLists } from "./arbitraries.ts";
import { anUnknownEvent, aPlaceholder, aRequestCompleted, aRequestFailed, aUsage } from "./builders.ts";

/** Every driver runs this suite; a driver's own file holds only what the port cannot express. */
export function describeEventStore(driver: string, open: () => Promise<EventStore>): void {
  describe(`${driver} event store`, () => {
    const first = aRequestCompleted({ id: "msg:1" });
    const second = aRequestCompleted({ id: "msg:2" });
    const third = aRequestFailed({ id: "req:3" });

    it("is empty at first", async () => {
      await using store = disposable(await open());
      expect(await recorded(store)).toEqual([]);
      expect(store.damage()).toEqual([]);
    });

    it("yields what was appended, in order", async () => {
      await using store = disposable(await open());
      await store.append([first, second]);
      await store.append([third]);
      expect((await recorded(store)).map(({ event }) => event)).toEqual([first, second, third]);
    });

    it("goes on after a position, up to a limit", async () => {
      await using store = disposable(await open());
      await store.append([first, second, third]);
      const [one] = await recorded(store, { limit: 1 });
      expect(one?.event).toEqual(first);
      const rest = await recorded(store, { after: one?.position ?? START });
      expect(rest.map(({ event }) => event)).toEqual([second, third]);
      const last = rest.at(-1)?.position ?? START;
      expect(await recorded(store, { after: last })).toEqual([]);
      expect(await recorded(store, { limit: 0 })).toEqual([]);
      const later = aRequestCompleted({ id: "msg:4" });
      await store.append([later]);
      expect((await recorded(store, { after: last })).map(({ event }) => event)).toEqual([later]);
    });

    it("reports an event it already holds as existing and does not record it again", async () => {
      await using store = disposable(await open());
      await store.append([first]);
      expect(await store.append([first, first])).toEqual([
        { id: "msg:1", outcome: "exists" },
        { id: "msg:1", outcome: "exists" },
      ]);
      expect(await recorded(store)).toHaveLength(1);
    });

    it("reports an event that adds to what it holds as merged, and one that adds nothing as existing", async () => {
      await using store = disposable(await open());
      const early = aPlaceholder({ id: "msg:1" });
      expect(await store.append([early])).toEqual([{ id: "msg:1", outcome: "appended" }]);
      expect(await store.append([first])).toEqual([{ id: "msg:1", outcome: "merged" }]);
      expect(await store.append([early])).toEqual([{ id: "msg:1", outcome: "exists" }]);
      expect(await recorded(store)).toHaveLength(2);
    });

    it("reports a final snapshot that contradicts another as a conflict, once, and records it", async () => {
      await using store = disposable(await open());
      const other = aRequestCompleted({ id: "msg:1", usage: aUsage({ uncachedInput: 100, output: 11 }) });
      await store.append([first]);
      expect(await store.append([other])).toEqual([{ id: "msg:1", outcome: "conflict" }]);
      expect(await store.append([other, second])).toEqual([
        { id: "msg:1", outcome: "exists" },
        { id: "msg:2", outcome: "appended" },
      ]);
      const { responses, conflicts } = foldAccount((await recorded(store)).map(({ event }) => event));
      expect(responses).toHaveLength(2);
      expect(conflicts.map(({ id }) => id)).toEqual(["msg:1"]);
    });

    it("refuses two final snapshots of one call that contradict each other, and records nothing of it", async () => {
      await using store = disposable(await open());
      const other = aRequestCompleted({ id: "msg:1", servedModel: "claude-haiku-4-5" });
      await expect(store.append([second, first, other])).rejects.toThrow(ContradictionError);
      expect(await recorded(store)).toEqual([]);
    });

    it("takes snapshots of one call that are not all final", async () => {
      await using store = disposable(await open());
      expect(await store.append([aPlaceholder({ id: "msg:1" }), first])).toEqual([
        { id: "msg:1", outcome: "appended" },
        { id: "msg:1", outcome: "merged" },
      ]);
    });

    it("refuses an event that is not one, naming the field, and records nothing of the call", async () => {
      await using store = disposable(await open());
      const tokens = { uncachedInput: -1, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };
      const parts = [{ kind: "response" as const, iteration: null, model: null, tokens }];
      const invalid = aRequestCompleted({ id: "msg:9", usage: { parts } });
      const appending = store.append([first, invalid]);
      await expect(appending).rejects.toThrow(InvalidEventError);
      await expect(appending).rejects.toThrow("usage.parts.0.tokens.uncachedInput");
      expect(await recorded(store)).toEqual([]);
    });

    it("keeps every event under an id that several kinds of event share", async () => {
      await using store = disposable(await open());
      const failed = aRequestFailed({ id: "msg:1" });
      const unknown = anUnknownEvent({ id: "msg:1" });
      await store.append([unknown, failed, first]);
      expect((await store.append([first, failed, unknown])).map(({ outcome }) => outcome)).toEqual([
        "exists",
        "exists",
        "exists",
      ]);
      expect((await recorded(store)).map(({ event }) => event)).toEqual([unknown, failed, first]);
    });

    it("records times in UTC", async () => {
      await using store = disposable(await open());
      await store.append([aRequestCompleted({ occurredAt: "2026-10-01T12:00:00+02:00" })]);
      expect((await recorded(store))[0]?.event.occurredAt).toBe("2026-10-01T10:00:00.000Z");
    });

    it("keeps what it recorded apart from the caller's object", async () => {
      await using store = disposable(await open());
      const raw = { output_tokens: 10 };
      const event = aRequestCompleted({ id: "msg:1", usage: { ...aUsage({ output: 10 }), raw } });
      await store.append([event]);
      raw.output_tokens = 99;
      expect((await recorded(store))[0]?.event).toMatchObject({ usage: { raw: { output_tokens: 10 } } });
    });

    it("takes appends that overlap, each as a whole", async () => {
      await using store = disposable(await open());
      const outcomes = await Promise.all([
        store.append([first, second]),
        store.append([second, third]),
        store.append([first]),
      ]);
      expect(outcomes.flat().filter(({ outcome }) => outcome === "appended")).toHaveLength(3);
      expect((await recorded(store)).map(({ event }) => event)).toEqual([first, second, third]);
    });

    it("answers each of many overlapping appends for its own events, and counts an id once", async () => {
      await using store = disposable(await open());
      const ids = Array.from({ length: 40 }, (_, index) => `msg:${String(index % 20)}`);
      const outcomes = await Promise.all(ids.map((id) => store.append([aRequestCompleted({ id })])));
      expect(outcomes.map((own) => own.map(({ id }) => id))).toEqual(ids.map((id) => [id]));
      expect(outcomes.flat().filter(({ outcome }) => outcome === "appended")).toHaveLength(20);
      expect(outcomes.flat().filter(({ outcome }) => outcome === "exists")).toHaveLength(20);
      expect(await recorded(store)).toHaveLength(20);
    });

    it("refuses use after close", async () => {
      const store = await open();
      await store.close();
      await expect(store.append([first])).rejects.toThrow(LedgerClosedError);
      await expect(recorded(store)).rejects.toThrow(LedgerClosedError);
    });

    it("gives the same account whatever the order, grouping and repetition of appends", async () => {
      await fc.assert(
        fc.asyncProperty(
          eventLists.chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            ),
          ),
          async ([events, shuffled]) => {
            await using store = disposable(await open());
            for (const event of shuffled) await store.append([event]);
            const read = await recorded(store);
            expect(foldAccount(read.map(({ event }) => event))).toEqual(foldAccount(events));
          },
        ),
        { numRuns: 30 },
      );
    });
  });
}

async function recorded(
  store: Pick<EventStore, "read">,
  options?: { readonly after?: Position; readonly limit?: number },
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.read(options)) events.push(event);
  return events;
}

export async function eventsOf(store: Pick<EventStore, "read">): Promise<LedgerEvent[]> {
  return (await recorded(store)).map(({ event }) => event);
}

function disposable(store: EventStore): EventStore & AsyncDisposable {
  return {
    append: (events) => store.append(events),
    read: (options) => store.read(options),
    damage: () => store.damage(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
