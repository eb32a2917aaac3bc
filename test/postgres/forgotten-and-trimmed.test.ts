import { forgetTarget } from "@farthing/ledger/postgres";
import fc from "fast-check";
import { expect, it } from "vitest";
import { programOn } from "../support/crash-file-system.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { FakeDatabase, lossIn, Outbox, requests, SEGMENT_BYTES } from "./bounded-outbox.ts";

const MAX_BYTES = 4 * SEGMENT_BYTES;

/** A shared ledger in a database of its own. */
class Target {
  readonly url: string;
  readonly database: FakeDatabase = new FakeDatabase();
  maxBytes: number = MAX_BYTES;

  constructor(ledger: string) {
    this.url = `postgres://${ledger}.internal/usage`;
    this.database.ledger = ledger;
  }

  /** Of so many tokens of output each, those that it has and those that it was told it lacks. */
  account(): { readonly has: number; readonly lacks: number; readonly output: number } {
    const numbers = new Set<number>();
    for (const { type, id } of this.database.events())
      if (type === "RequestCompleted") numbers.add(Number(id.slice("msg:".length)));
    const loss = lossIn(this.database.events());
    return {
      has: numbers.size,
      lacks: loss.count,
      output: [...numbers].reduce((a, b) => a + b, 0) + loss.output,
    };
  }
}

/** Appends requests two by two, and tries to forward whenever there are four; each time in a process of its own. */
async function record(
  outbox: Outbox,
  { database, url, maxBytes }: Target,
  [from, to]: readonly [number, number],
): Promise<void> {
  await using host = await outbox.start({ maxBytes, database, url });
  for (let number = from; number <= to; number += 2) {
    await host.ledger.append(requests(number, Math.min(2, to - number + 1)));
    if ((number - from) % 4 === 2) await host.pass();
  }
  await host.pass();
}

async function forget(outbox: Outbox, { url }: Target): Promise<void> {
  const { fileSystem } = programOn(outbox.disk, {});
  const self = { pid: 999_999, host: "test", namespace: null, started: null };
  await forgetTarget("/outbox", { to: url, force: true, fileSystem, processes: { self, isRunning: () => false } });
}

it("a database that was forgotten is told what the bound took meanwhile, and no other one is", async () => {
  const [outbox, one, other] = [new Outbox(), new Target("one"), new Target("other")];
  await record(outbox, one, [1, 4]);
  await record(outbox, other, [5, 4]);
  await forget(outbox, one);
  await record(outbox, other, [5, 40]);
  expect(other.account()).toMatchObject({ has: 40, lacks: 0 });
  await record(outbox, one, [41, 40]);
  const { has, lacks, output } = one.account();
  expect(lacks).toBeGreaterThan(10);
  expect([has + lacks, output]).toEqual([40, 820]);
  const { length } = one.database.sent;
  await record(outbox, one, [41, 40]);
  expect(one.database.sent, "once").toHaveLength(length);
  one.database.lines.clear();
  one.database.incarnation = "restored from before";
  await record(outbox, one, [41, 40]);
  expect(one.account().lacks, "again, where that was lost with its database").toBe(lacks);
  expect(lossIn(await outbox.read(eventsOf)), "the folder has lost nothing").toEqual({ count: 0, output: 0 });
  await record(outbox, other, [41, 40]);
  expect(other.account()).toMatchObject({ has: 40, lacks: 0 });
});

it("what a database that was forgotten has is not told as lost to it, and to one that lacks it, it is", async () => {
  const [outbox, one, other] = [new Outbox(), new Target("one"), new Target("other")];
  await record(outbox, other, [1, 2]);
  await record(outbox, one, [3, 7]);
  await forget(outbox, one);
  other.database.isAway = true;
  await record(outbox, other, [8, 40]);
  const lost = lossIn(await outbox.read(eventsOf)).count;
  expect(lost).toBeGreaterThan(5);
  other.database.isAway = false;
  await record(outbox, other, [41, 40]);
  await record(outbox, one, [41, 40]);
  expect(one.account()).toEqual({ has: 40 - lost, lacks: lost, output: 820 });
  const { has, lacks, output } = other.account();
  expect(lacks, "what the other one has, too").toBeGreaterThan(lost);
  expect([has + lacks, output]).toEqual([40, 820]);
});

it("of two that are forwarded to, each is told once of what it lacks alone, and of what is in neither both are", async () => {
  const [outbox, one, other] = [new Outbox(), new Target("one"), new Target("other")];
  await record(outbox, one, [1, 2]);
  await record(outbox, other, [3, 2]);
  other.database.isAway = true;
  await record(outbox, other, [3, 2]);
  await record(outbox, one, [3, 40]);
  expect(one.account(), "it has everything").toEqual({ has: 40, lacks: 0, output: 820 });
  expect(lossIn(await outbox.read(eventsOf)), "nothing is lost").toEqual({ count: 0, output: 0 });
  other.database.isAway = false;
  await record(outbox, other, [41, 40]);
  const { has, lacks, output } = other.account();
  expect(lacks).toBeGreaterThan(10);
  expect([has + lacks, output]).toEqual([40, 820]);
  const { length } = other.database.sent;
  await record(outbox, other, [41, 40]);
  expect(other.database.sent, "once").toHaveLength(length);
  one.database.isAway = other.database.isAway = true;
  await record(outbox, one, [41, 80]);
  const lost = lossIn(await outbox.read(eventsOf));
  expect(lost.count).toBeGreaterThan(10);
  one.database.isAway = other.database.isAway = false;
  for (const target of [one, other]) await record(outbox, target, [81, 80]);
  expect(one.account()).toMatchObject({ has: 80 - lost.count, lacks: lost.count, output: 3240 });
  expect(other.account()).toMatchObject({ has: has + 40 - lost.count, lacks: lacks + lost.count, output: 3240 });
});

it("nothing goes because a database that was forgotten has it, before another one was ever sent all", async () => {
  const [outbox, one, other] = [new Outbox(), new Target("one"), new Target("other")];
  one.maxBytes = Infinity;
  await record(outbox, one, [1, 14]);
  await forget(outbox, one);
  other.database.inserts = 0;
  await record(outbox, other, [15, 16]);
  expect(outbox.segmentBytes()).toBeGreaterThan(MAX_BYTES);
  other.database.inserts = Infinity;
  await record(outbox, other, [17, 16]);
  expect(other.account()).toMatchObject({ has: 16, lacks: 0 });
});

it("a record of which it cannot be read what a database lacks is damaged", async () => {
  const [outbox, one, other] = [new Outbox(), new Target("one"), new Target("other")];
  await record(outbox, one, [1, 2]);
  await forget(outbox, one);
  await record(outbox, other, [3, 14]);
  const { fileSystem } = programOn(outbox.disk, {});
  const [path = ""] = (await fileSystem.list("/outbox/pruned"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => `/outbox/pruned/${name}`);
  const text = Buffer.from(await fileSystem.readFile(path)).toString("utf8");
  expect(text).toMatch(/"lackedBy": \{\s+"one": \{\s+"count": \d+,\s+"tokens"/);
  for (const [from, to] of [
    [/"count": (\d+)/, '"count": "$1"'],
    [/"output": (\d+)/, '"output": null'],
    [/"lackedBy": \{/, '"lackedBy": 1, "_": {'],
  ] as const) {
    const file = await fileSystem.open(path, "replace");
    await file.append(Buffer.from(text.replace(from, to)));
    await file.close();
    await expect(outbox.read(eventsOf)).rejects.toMatchObject({ code: "LEDGER_FORMAT" });
  }
});

it("each database has, or was told that it lacks, every event once, whichever is forgotten for the other, and when", async () => {
  const step = fc.record({ events: fc.integer({ min: 0, max: 14 }), isAway: fc.boolean(), changes: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 5 }), async (steps) => {
      const [outbox, first, second] = [new Outbox(), new Target("first"), new Target("second")];
      await record(outbox, second, [1, 2]);
      await forget(outbox, second);
      await record(outbox, first, [3, 2]);
      let [at, away, last] = [first, second, 2];
      for (const { events, isAway, changes } of steps) {
        if (changes) {
          await forget(outbox, at);
          [at, away] = [away, at];
        }
        at.database.isAway = isAway;
        await record(outbox, at, [last + 1, last + events]);
        last += events;
      }
      for (const target of [at, away]) {
        target.database.isAway = false;
        await record(outbox, target, [last + 1, last]);
        await forget(outbox, target);
      }
      for (const target of [first, second]) {
        const { has, lacks, output } = target.account();
        expect([has + lacks, output]).toEqual([last, (last * (last + 1)) / 2]);
      }
    }),
    { numRuns: 3 },
  );
});
