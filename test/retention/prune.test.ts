import type { LedgerEvent, RequestCompleted } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { events } from "../support/arbitraries.ts";
import {
  aPriceSet,
  aRequestCompleted,
  aRequestFailed,
  aUsage,
  aUsageCorrected,
  NO_CONTEXT,
} from "../support/builders.ts";
import type { DiskCall } from "../support/crash-file-system.ts";
import { somePowerLosses, treeKey } from "../support/power-losses.ts";
import { LedgerDisk } from "./support.ts";

const ids = fc.constantFrom("msg:1", "msg:2", "msg:3", "msg:4", "req:5", "req:6", "batch:b/\u00fc 7", "batch:b/8");
const instants = fc
  .integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 6, 1) })
  .map((instant) => new Date(instant).toISOString());

/** Known from the middle of a quarter of an hour on. */
const PRICE_SET = aPriceSet({
  occurredAt: "2026-10-07T00:10:00.000Z",
  card: {
    model: "claude-opus-5",
    effectiveFrom: "2026-10-01",
    rates: { uncachedInput: "6", cacheWrite5m: "7", cacheWrite1h: "8", cacheRead: "1", output: "30" },
    usGeography: false,
    regionalPremium: false,
    source: "contract",
    checkedOn: "2026-10-01",
  },
});

/** Requests that often are alike but for their tokens: on either side of a price's change, and of a prompt tier. */
const alike: fc.Arbitrary<RequestCompleted> = fc
  .record({
    number: fc.nat({ max: 60 }),
    at: fc.constantFrom(
      "2026-10-06T23:59:00",
      "2026-10-06T23:59:59",
      "2026-10-07T00:00:00",
      "2026-10-07T00:09:59",
      "2026-10-07T00:10:00",
      "2026-10-07T00:14:59",
      "2026-10-07T00:15:00",
      "2026-10-07T01:15:00",
    ),
    model: fc.constantFrom("claude-haiku-5-5", "claude-opus-5", "claude-2.1", "no-such-model"),
    service: fc.constantFrom("search", null),
    prompt: fc.constantFrom(60_000, 99_999, 100_000, 100_001, 250_000),
    cached: fc.constantFrom(0, 0, 0, 7),
    output: fc.constantFrom(3, 4),
    tier: fc.constantFrom("standard", "standard", "batch", "priority", "unheard-of"),
  })
  .map(({ number, at, model, service, prompt, cached, output, tier }) =>
    aRequestCompleted({
      id: `msg:${String(number)}`,
      occurredAt: `${at}.000Z`,
      servedModel: model,
      context: { ...NO_CONTEXT, service, session: `session ${String(number)}` },
      usage: aUsage({ uncachedInput: prompt, cacheRead: cached, output }, { serviceTier: tier, webSearchRequests: 1 }),
    }),
  );

const T = "2026-11-01T00:00:00.000Z";

describe("a prune", () => {
  it("changes no figure, done once or twice, whatever is imported again afterwards", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(events(ids), { minLength: 1, maxLength: 24 }),
        instants,
        instants,
        fc.integer({ min: 1, max: 4 }),
        async (all, a, b, linesInMemory) => {
          const disk = new LedgerDisk();
          await disk.append(all);
          const before = await disk.figures();
          expect(await disk.prune(a, { dryRun: true })).toEqual(await disk.prune(a, { linesInMemory }));
          expect(await disk.figures()).toEqual(before);
          await disk.append(all);
          expect(await disk.figures()).toEqual(before);
          await disk.prune(b);
          expect(await disk.figures()).toEqual(before);
          await disk.append(all.toReversed());
          expect(await disk.figures()).toEqual(before);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("adds up requests that are alike, and no others", async () => {
    let rolledUp = 0;
    let sums = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(alike, { minLength: 30, maxLength: 60 }), async (all) => {
        const disk = new LedgerDisk();
        await disk.append([PRICE_SET, ...all], 10_000);
        const before = await disk.figures();
        const { requests, rollups, linesLeft } = await disk.prune(T);
        expect(linesLeft).toBe(0);
        rolledUp += requests;
        sums += rollups;
        expect(await disk.figures()).toEqual(before);
        await disk.append(all);
        expect(await disk.figures()).toEqual(before);
      }),
      { numRuns: 30 },
    );
    expect(sums).toBeLessThan(rolledUp);
  });

  it("keeps apart what came just before and just when a price became known", async () => {
    const disk = new LedgerDisk();
    const times = ["2026-10-07T00:09:59.999Z", "2026-10-07T00:10:00.000Z"];
    await disk.append([
      PRICE_SET,
      ...times.map((occurredAt) => aRequestCompleted({ id: `msg:${occurredAt}`, occurredAt })),
    ]);
    const before = await disk.figures();
    expect(before).toMatchObject({ spend: [{ rerated: [{ model: "claude-opus-5" }] }, {}] });
    expect(await disk.prune(T)).toMatchObject({ requests: 2, rollups: 2 });
    expect(await disk.figures()).toEqual(before);
  });

  it("goes on in another sum where one could not be held exactly", async () => {
    const disk = new LedgerDisk();
    const usage = aUsage({ uncachedInput: Number.MAX_SAFE_INTEGER });
    await disk.append(["msg:1", "msg:2", "msg:3"].map((id) => aRequestCompleted({ id, usage })));
    const before = await disk.figures();
    expect(await disk.prune(T)).toMatchObject({ requests: 3, rollups: 3 });
    expect(await disk.figures()).toEqual(before);
  });

  it("takes all that could tell one request from another, and what is personal", async () => {
    const disk = new LedgerDisk();
    const context = { service: "search", session: "sess-1", agent: "agent-1", host: "host-1", gitBranch: "branch-1" };
    await disk.append([
      aRequestCompleted({ id: "msg:msg_secret", ids: { message: "msg_secret" }, context, labels: { team: "blue" } }),
    ]);
    await disk.prune(T);
    const bytes = [...disk.disk.durable().values()].map((file) => file?.toString("latin1") ?? "").join("\n");
    expect(bytes).toContain('"team":"blue"');
    expect(bytes).not.toMatch(/msg_secret|sess-1|agent-1|host-1|branch-1/);
  });

  it("takes tokens of labels that are no longer personal", async () => {
    const disk = new LedgerDisk();
    const token = `~1c291ca3.${"A".repeat(22)}`;
    await disk.append([aRequestCompleted({ id: "msg:1", labels: { user: token, team: "blue" } })]);
    await disk.prune(T);
    const bytes = [...disk.disk.durable().values()].map((file) => file?.toString("latin1") ?? "").join("\n");
    expect(bytes).toContain('"team":"blue"');
    expect(bytes).not.toContain(token);
  });

  it("keeps what is newer, what is no request, what was corrected and what is in dispute", async () => {
    const disk = new LedgerDisk();
    await disk.append([
      ...[1, 2, 3, 4].map((number) => aRequestCompleted({ id: `msg:${String(number)}` })),
      aRequestFailed(),
      aRequestCompleted({ id: "msg:1", usage: aUsage({ uncachedInput: 100, output: 11 }) }),
      aUsageCorrected({ corrects: "msg:2" }),
      aPriceSet(),
      aRequestCompleted({ id: "msg:new", occurredAt: T }),
    ]);
    expect(await disk.prune(T)).toMatchObject({ requests: 3, rollups: 2, linesLeft: 0 });
  });

  it("looks again at no line of requests that stay anyway, and keeps no places of them", async () => {
    const disk = new LedgerDisk();
    const some = (name: string, count: number, occurredAt: string): readonly LedgerEvent[] =>
      Array.from({ length: count }, (_, n) => aRequestCompleted({ id: `msg:${name}-${String(n)}`, occurredAt }));
    const old = "2026-10-01T10:00:00.000Z";
    const again = (events: readonly LedgerEvent[]): readonly LedgerEvent[] =>
      events.map((event) => ({ ...event, sources: ["again"] }));
    const [twice, late, fresh] = [some("twice", 2, old), some("late", 2, old), some("new", 4, T)];
    const all = [...some("once", 40, old), ...twice, ...again(twice), ...late, ...some("late", 2, T)];
    await disk.append([...all, ...fresh, ...again(fresh)], 1e6);
    const read = new Set<number>();
    const fault = ({ kind, index, path }: DiskCall): null => {
      if (kind === "readNow" && path.endsWith(".ndjson")) read.add(index);
      return null;
    };
    expect(await disk.prune(T, { fault })).toMatchObject({ requests: 42, carried: 12 });
    expect(read.size, "those of what was seen twice before").toBe(4);
  });

  it("reads its segments as often as what was seen several times does not fit in memory, and finds the same", async () => {
    const some = (id: string, ...sources: readonly string[]): readonly LedgerEvent[] =>
      sources.map((source) => aRequestCompleted({ id, sources: [source] }));
    const all = [...some("msg:1", "a", "b"), ...some("msg:2", "a", "b", "c"), ...some("msg:3", "a")];
    const pruned = async (
      linesInMemory: number,
    ): Promise<readonly [opened: number, result: object, figures: object]> => {
      const disk = new LedgerDisk();
      await disk.append([...all, ...some("msg:4", "a", "b"), ...some("msg:5", "a", "b"), ...some("msg:1", "c")], 1e6);
      let opened = 0;
      const fault = ({ kind, path }: DiskCall): null => {
        if (kind === "open" && path.endsWith("-00000001.ndjson") && !path.includes("rollup")) opened += 1;
        return null;
      };
      const result = await disk.prune(T, { linesInMemory, fault });
      return [opened, result, await disk.figures()];
    };
    const [once, ...same] = await pruned(10);
    expect(same[0]).toMatchObject({ requests: 5 });
    for (const [linesInMemory, more] of [
      [9, 1],
      [3, 3],
      [1, 3],
    ] as const)
      expect(await pruned(linesInMemory)).toEqual([once + more, ...same]);
  });

  it("finds nothing of an event that is not what its type says: recording it is refused", async () => {
    const disk = new LedgerDisk();
    const ledger = await disk.open();
    ledger.record(aRequestCompleted({ id: "msg:1", usage: aUsage({ output: 1.25 }) }));
    ledger.record(aRequestCompleted({ id: "msg:2" }));
    await ledger.flush();
    await ledger.close();
    expect(await disk.prune(T)).toMatchObject({ requests: 1, rollups: 1 });
  });

  it("leaves a log alone while a process may append to it", async () => {
    const disk = new LedgerDisk();
    await disk.append([aRequestCompleted()]);
    const ledger = await disk.open();
    expect(await disk.prune(T, { running: true })).toMatchObject({ requests: 0, linesLeft: 1 });
    await ledger.append([aRequestCompleted({ id: "msg:2" })]);
    await ledger.close();
    expect(await disk.prune(T)).toMatchObject({ requests: 2, linesLeft: 0 });
  });

  it("takes with a segment the marks of lines in it that may not be durable", async () => {
    const disk = new LedgerDisk();
    await disk.append(
      [1, 2, 3].map((number) => aRequestCompleted({ id: `msg:${String(number)}` })),
      1,
    );
    const names = (): string[] => [...disk.disk.folder("/ledger/segments").names.keys()].sort();
    for (const name of names()) disk.disk.create(`/ledger/segments/${name.replace("ndjson", "0-9.unsure")}`);
    await disk.prune(T);
    const left = names();
    expect(left.filter((name) => name.endsWith(".unsure")).length).toBeLessThan(3);
    for (const mark of left.filter((name) => name.endsWith(".unsure")))
      expect(left).toContain(mark.replace("0-9.unsure", "ndjson"));
  });

  it("goes unnoticed by a process that appends meanwhile, but for what it then knows already", async () => {
    const disk = new LedgerDisk();
    const old: readonly LedgerEvent[] = [1, 2, 3].map((number) => aRequestCompleted({ id: `msg:${String(number)}` }));
    const ledger = await disk.open(1);
    for (const event of old) await ledger.append([event]);
    const before = await disk.figures();
    expect(await disk.prune(T, { running: true })).toMatchObject({ requests: 2 });
    for (const event of old) await ledger.append([{ ...event, sources: ["elsewhere"] }]);
    await ledger.append(old);
    await ledger.close();
    expect(await disk.figures()).toMatchObject({ spend: [{ total: { requests: 3 } }, { total: { requests: 3 } }] });
    await disk.append(old);
    expect(before).toMatchObject({ spend: [{ total: { requests: 3 } }, { total: { requests: 3 } }] });
  });
});

/** Old and new requests in several segments, one of them seen twice, with a correction. */
const HISTORY: readonly LedgerEvent[] = [
  ...[1, 2].map((number) => aRequestCompleted({ id: `msg:${String(number)}` })),
  aUsageCorrected({ corrects: "msg:2" }),
  aRequestCompleted({ id: "msg:new", occurredAt: "2026-11-02T00:00:00.000Z" }),
  aRequestCompleted({ id: "msg:1", sources: ["again"] }),
];

describe("a prune that is interrupted", () => {
  it("has changed no figure, wherever that was, and is done by the next one", async () => {
    const disk = new LedgerDisk();
    await disk.append(HISTORY);
    const before = await disk.figures();
    const states = new Map<string, LedgerDisk>();
    const look = (): void => {
      for (const tree of somePowerLosses(disk.disk, 12)) states.set(treeKey(tree), LedgerDisk.of(tree));
    };
    await disk.prune(T, { onChange: look });
    look();
    expect(states.size).toBeGreaterThan(20);
    for (const [index, state] of [...states.values()].entries()) {
      expect(await state.figures()).toEqual(before);
      // The rest takes long, and neighbours differ little.
      if (index % 5 !== 0) continue;
      await state.append(HISTORY);
      expect(await state.figures()).toEqual(before);
      await state.prune(T);
      expect(await state.figures()).toEqual(before);
      expect((await state.prune(T)).requests).toBe(0);
    }
  });

  it("has changed no figure when the disk refuses anything", async () => {
    const disk = new LedgerDisk();
    await disk.append(HISTORY);
    const before = await disk.figures();
    const tree = disk.disk.durable();
    let calls = 0;
    await LedgerDisk.of(tree).prune(T, { fault: ({ index }) => ((calls = index), null) });
    for (let failing = 0; failing <= calls; failing += 1) {
      const state = LedgerDisk.of(tree);
      const fault = { code: failing % 2 === 0 ? "EIO" : "ENOSPC", part: 0.5 };
      await state.prune(T, { fault: ({ index }) => (index === failing ? fault : null) }).catch(() => undefined);
      expect(await state.figures()).toEqual(before);
      await state.prune(T);
      expect(await state.figures()).toEqual(before);
    }
  });
});
