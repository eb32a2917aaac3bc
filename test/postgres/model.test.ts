import { foldAccount, type EventStore, type LedgerEvent, type Position } from "@farthing/ledger";
import { connect, parsePostgresUrl, PostgresEventStore, type Database } from "@farthing/ledger/postgres";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anUnknownEvent, aPlaceholder, aRequestCompleted, aUsage } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { isFullRun } from "../support/full-run.ts";
import { isContradictory, rightOutcomes } from "../support/ledger-model.ts";
import { connected, ReusedLedger } from "../support/shared-ledgers.ts";

const EVENTS: readonly LedgerEvent[] = ["msg:1", "msg:2", "msg:3"].flatMap((id) => [
  aPlaceholder({ id }),
  aRequestCompleted({ id }),
  aRequestCompleted({ id, sources: ["other"], labels: { team: "a" } }),
  aRequestCompleted({ id, usage: aUsage({ uncachedInput: 100, output: 11 }) }),
  anUnknownEvent({ id }),
]);
const someEvents = fc.array(fc.constantFrom(...EVENTS), { minLength: 1, maxLength: 4 });
/** What several stores are told to do at once, turn by turn. */
const turns = fc.array(fc.array(someEvents, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });

describeWithAnyPostgres("stores of one database", (server) => {
  const reused = new ReusedLedger(server);

  it("answer what a ledger would, whatever others append at the same time, and hold the account of everything", async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (script) => {
        const url = await reused.empty();
        const stores: EventStore[] = [0, 1, 2].map(() => new PostgresEventStore(lazily(url)));
        const known: LedgerEvent[] = [];
        const seen: LedgerEvent[] = [];
        let after: { after?: Position } = {};
        for (const calls of script) {
          const valid = calls.filter((events) => !isContradictory(events));
          const before = [...known];
          const answers = await Promise.all(valid.map(async (events, index) => stores[index]?.append(events)));
          for (const [index, events] of valid.entries()) {
            const others = valid.filter((_, other) => other !== index).flat();
            for (const [place, event] of events.entries()) {
              const right = rightOutcomes([...before, ...events.slice(0, place)], others, event);
              expect([...right]).toContain(answers[index]?.[place]?.outcome);
            }
          }
          known.push(...valid.flat());
          for await (const { event, position } of stores[0]?.read(after) ?? []) {
            seen.push(event);
            after = { after: position };
          }
          expect(foldAccount(seen)).toEqual(foldAccount(known));
        }
        for (const store of stores) await store.close();
      }),
      { numRuns: isFullRun ? 20 : 8 },
    );
  });

  it("append what is new in one statement, and what is known in two at most", async () => {
    const database = await connected(await reused.empty(), 1);
    let statements = 0;
    const counted: Database = {
      ...database,
      query: (text, values) => {
        statements += 1;
        return database.query(text, values);
      },
    };
    const store = new PostgresEventStore(counted);
    const many = Array.from({ length: 500 }, (_, index) => aRequestCompleted({ id: `msg:${String(index)}` }));
    await store.append(many);
    expect(statements).toBe(1);
    await store.append(many);
    expect(statements).toBe(2);
    await store.append(many.map((event) => ({ ...event, sources: ["again"] })));
    expect(statements).toBe(4);
    expect(await eventsOf(store)).toHaveLength(1000);
  });
});

/** A connection of its own, made when it is needed. */
function lazily(url: string): Database {
  const database = connect(parsePostgresUrl(url), { connections: 1 });
  const asLazily: Database = {
    name: "postgres",
    query: async (...statement) => (await database).query(...statement),
    inTransaction: async (action) => (await database).inTransaction(action),
    needing: () => asLazily,
    end: async () => (await database).end(),
  };
  return asLazily;
}
