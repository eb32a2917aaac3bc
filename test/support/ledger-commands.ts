import { setImmediate as turn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  askRows,
  ContradictionError,
  encodeEvent,
  foldAccount,
  LedgerUnavailableError,
  listPriceBook,
  spendProjection,
  START,
  type EventProjection,
  type Ledger,
  type LedgerEvent,
  type Position,
  type SpendQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { expect } from "vitest";
import { aPlaceholder, aRequestCompleted, anUnknownEvent, aUsage, aUsageCorrected } from "./builders.ts";
import type { CrashDisk } from "./crash-disk.ts";
import type { CallFault } from "./crash-file-system.ts";
import { expectKept, expectSame, expectView, type CrashProcess, type CrashWorld } from "./crash-world.ts";
import { eventsOf } from "./describe-event-store.ts";
import { isContradictory, rightOutcomes } from "./ledger-model.ts";

/** A process that has the ledger open. */
interface Writer {
  readonly process: CrashProcess;
  readonly ledger: Ledger;
  /** What it knows, from its first append on. */
  known: { sure: LedgerEvent[]; possible: LedgerEvent[]; hasLooked: boolean } | null;
}

/** The driver at work, and what has been seen of it. */
export interface Real {
  world: CrashWorld;
  readonly writers: Map<number, Writer>;
  /** Refusals to come, by the number of calls from now. */
  fault: { left: number; count: number; readonly refusal: CallFault } | null;
  position: Position;
  /** What reading from position to position has shown. */
  seen: LedgerEvent[];
}

/** Nothing but which processes are running. */
export interface Model {
  readonly open: Set<number>;
}

const SEGMENTS = "/ledger/segments";
/** The ids of all events, as often as they were recorded. */
const IDS: EventProjection<string[]> = {
  name: "ids",
  version: 1,
  initialState: () => [],
  evolve: (ids, { id }) => [...ids, id],
};
const BY_MODEL: SpendQuery = {
  by: ["model"],
  where: [],
  since: null,
  until: null,
  timeZone: "UTC",
  book: listPriceBook(),
};

type LedgerCommand = fc.AsyncCommand<Model, Real>;

const EVENTS: readonly LedgerEvent[] = ["msg:1", "msg:2", "msg:3"].flatMap((id, index) => {
  const occurredAt = `2026-10-01T10:0${String(3 - index)}:00.000Z`;
  return [
    aPlaceholder({ id, occurredAt }),
    aRequestCompleted({ id, occurredAt }),
    aRequestCompleted({ id, occurredAt, sources: ["other"], labels: { team: "a" } }),
    aRequestCompleted({ id, occurredAt, usage: aUsage({ uncachedInput: 100, output: 11 }) }),
    anUnknownEvent({ id, occurredAt }),
  ];
});
const someEvent = fc.oneof(
  fc.constantFrom(...EVENTS, aUsageCorrected({ id: "correction", corrects: "msg:2" })),
  fc.integer({ min: 10, max: 99 }).map((number) => aRequestCompleted({ id: `msg:${String(number)}` })),
);
const someEvents = fc.array(someEvent, { minLength: 1, maxLength: 4 });
const slot = fc.integer({ min: 0, max: 2 });

/** A command about one process, which has the ledger open or not. */
function onWriter(
  name: string,
  number: number,
  isOpen: boolean,
  run: (model: Model, real: Real, writer: Writer | undefined) => Promise<void>,
): LedgerCommand {
  return {
    check: ({ open }) => open.has(number) === isOpen,
    run: (model, real) => run(model, real, real.writers.get(number)),
    toString: () => `${name} [process ${String(number)}]`,
  };
}

function anywhere(name: string, run: (model: Model, real: Real) => Promise<void>): LedgerCommand {
  return { check: () => true, run, toString: () => name };
}

/** A file system that refuses says so in one way only; what was to be done is then not done. */
async function unlessRefused<T>(real: Real, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerUnavailableError);
    expect(real.fault, "a refusal that nobody injected").not.toBeNull();
    return null;
  }
}

/** Starts a process that opens the ledger to append to it. */
export async function openWriter(model: Model, real: Real, number: number): Promise<void> {
  const process = real.world.start({
    fault: () => {
      const { fault } = real;
      if (fault === null) return null;
      fault.left -= 1;
      return fault.left < 0 && fault.left >= -fault.count ? fault.refusal : null;
    },
  });
  const ledger = await unlessRefused(real, () => process.open("write"));
  if (ledger === null) {
    process.kill();
    return;
  }
  real.writers.set(number, { process, ledger, known: null });
  model.open.add(number);
}

/** Appends, and holds the answers against what the process can know. */
async function append(real: Real, writer: Writer, events: readonly LedgerEvent[]): Promise<void> {
  const { acknowledged, attempted } = real.world.told;
  const known = writer.known ?? { sure: [...acknowledged], possible: [], hasLooked: false };
  writer.known = known;
  // One whose first append was refused may look again.
  if (!known.hasLooked) {
    known.possible.push(...attempted);
    known.sure = withoutUnsure(real.world, known.sure);
  }
  if (isContradictory(events)) {
    const error = await writer.ledger.append(events).catch((error: unknown) => error);
    if (!(error instanceof LedgerUnavailableError)) expect(error).toBeInstanceOf(ContradictionError);
    return;
  }
  const own = known.possible.length;
  known.possible.push(...events);
  const sure = [...known.sure];
  const outcomes = await unlessRefused(real, () => real.world.append(writer.ledger, events));
  if (outcomes === null) return;
  const possible = known.possible.toSpliced(own, events.length);
  for (const [index, { id, outcome }] of outcomes.entries()) {
    const event = events[index];
    if (event === undefined) continue;
    const right = rightOutcomes([...sure, ...events.slice(0, index)], possible, event);
    expect([...right], `what may be answered of ${id}`).toContain(outcome);
  }
  known.sure.push(...events);
  known.hasLooked = true;
}

/** Those that are in lines of which no mark says that syncing them failed: others cannot be taken for kept. */
function withoutUnsure(world: CrashWorld, events: readonly LedgerEvent[]): LedgerEvent[] {
  const { sure, unsure } = linesOn(world.disk);
  return events.filter((event) => {
    const text = `"event":${encodeEvent(event)},`;
    const isIn = (lines: readonly string[]): boolean => lines.some((line) => line.includes(text));
    return isIn(sure) || !isIn(unsure);
  });
}

/** The lines of all segments, by whether a mark says that a sync of theirs failed. */
function linesOn(disk: CrashDisk): { readonly sure: readonly string[]; readonly unsure: readonly string[] } {
  const names = disk.find(SEGMENTS)?.kind === "folder" ? [...disk.folder(SEGMENTS).names.keys()] : [];
  const marks = names.flatMap((name) => {
    const [, segment, from, to] = /^(.*)\.(\d+)-(\d+)\.unsure$/.exec(name) ?? [];
    return segment === undefined ? [] : [{ segment: `${segment}.ndjson`, from: Number(from), to: Number(to) }];
  });
  const [sure, unsure]: [string[], string[]] = [[], []];
  for (const name of names.filter((each) => each.endsWith(".ndjson"))) {
    let byte = 0;
    for (const line of disk.file(`${SEGMENTS}/${name}`).bytes.toString("latin1").split("\n")) {
      const at = byte;
      const isUnsure = marks.some(({ segment, from, to }) => segment === name && at >= from && at < to);
      (isUnsure ? unsure : sure).push(line);
      byte += line.length + 1;
    }
  }
  return { sure, unsure };
}

async function close(model: Model, real: Real, number: number): Promise<void> {
  const writer = real.writers.get(number);
  model.open.delete(number);
  real.writers.delete(number);
  if (writer === undefined) return;
  await unlessRefused(real, () => real.world.flush(writer.ledger, () => writer.ledger.close()));
  writer.process.kill();
}

function record(real: Real, { ledger, known }: Writer, events: readonly LedgerEvent[]): void {
  real.world.record(ledger, events);
  known?.possible.push(...events);
}

async function flush(real: Real, { ledger, known }: Writer): Promise<void> {
  const flushed = await unlessRefused(real, () => real.world.flush(ledger));
  known?.sure.push(...(flushed ?? []));
}

async function askView(real: Real, columns: "build" | "use"): Promise<void> {
  const ledger = await unlessMissing(real.world.start());
  if (ledger === null) return;
  await expectView(ledger, columns);
  await ledger.close();
}

/** Removes files that can be made again. */
async function removeDerived(real: Real, which: number): Promise<void> {
  const { fileSystem } = real.world.start().program;
  const names = await fileSystem.list("/ledger/columns").catch(() => []);
  for (const [index, name] of names.entries())
    if (index % 3 !== which) await fileSystem.remove(`/ledger/columns/${name}`);
}

function killAll(model: Model, real: Real): void {
  for (const { process } of real.writers.values()) process.kill();
  real.writers.clear();
  model.open.clear();
}

async function loseThePower(model: Model, real: Real, picks: readonly number[]): Promise<void> {
  killAll(model, real);
  let next = 0;
  const choose = (count: number): number => (picks[next++ % picks.length] ?? 0) % count;
  real.world = real.world.afterPowerLoss(choose);
  await expectKept(real.world);
  // What was never acknowledged may be gone, and with it the places in it.
  real.position = START;
  real.seen = [];
}

/** Reads what is new since the last time; all that was ever read together is the account. */
async function readOn(real: Real): Promise<void> {
  const reader = real.world.start();
  const ledger = await unlessMissing(reader);
  if (ledger === null) return;
  for await (const { event, position } of ledger.read({ after: real.position })) {
    real.seen.push(event);
    real.position = position;
  }
  expectSame(await ledger.account(), foldAccount(real.seen), "reading on from a position");
  await ledger.close();
}

/** What is answered from checkpoints is what all events say. */
async function expectCheckpoints(ledger: Ledger): Promise<void> {
  const idsRead = async (): Promise<string[]> => (await eventsOf(ledger)).map(({ id }) => id).sort();
  for (let before = await idsRead(); ;) {
    const projected = await ledger.project(IDS);
    const spent = await ledger.spend({ by: ["model"] });
    const fresh = await askRows(spendProjection(BY_MODEL), await ledger.view({ columns: "ignore" }), null);
    const read = await idsRead();
    if (isDeepStrictEqual(before, read)) {
      expect(projected.toSorted(), "events projected from a checkpoint").toEqual(read);
      expect(spent, "what was spent, from a checkpoint").toEqual(fresh);
      return;
    }
    // What others recorded was written meanwhile.
    before = read;
  }
}

async function askCheckpoints(real: Real): Promise<void> {
  const ledger = await unlessMissing(real.world.start());
  if (ledger === null) return;
  await expectCheckpoints(ledger);
  await ledger.close();
}

async function unlessMissing(reader: CrashProcess): Promise<Ledger | null> {
  try {
    return await reader.open("read");
  } catch (error) {
    expect(error).toMatchObject({ code: "LEDGER_NOT_FOUND" });
    return null;
  }
}

const appends: readonly fc.Arbitrary<LedgerCommand>[] = [
  fc.tuple(slot, someEvents).map(([number, events]) =>
    onWriter(`append ${named(events)}`, number, true, async (_, real, writer) => {
      if (writer !== undefined) await append(real, writer, events);
    }),
  ),
];

/** Everything that can happen to a ledger; what is named twice happens more often. */
export const ledgerCommands: fc.Arbitrary<LedgerCommand>[] = [
  slot.map((number) => onWriter("open", number, false, (model, real) => openWriter(model, real, number))),
  slot.map((number) => onWriter("close", number, true, (model, real) => close(model, real, number))),
  ...appends,
  ...appends,
  slot.map((number) =>
    onWriter("append what was attempted last", number, true, async (_, real, writer) => {
      const last = real.world.told.attempted.slice(-1);
      if (writer !== undefined) await append(real, writer, last);
    }),
  ),
  fc.tuple(slot, someEvents).map(([number, events]) =>
    onWriter(`record ${named(events)}`, number, true, async (_, real, writer) => {
      if (writer !== undefined) record(real, writer, events);
    }),
  ),
  slot.map((number) =>
    onWriter("flush", number, true, async (_, real, writer) => {
      if (writer !== undefined) await flush(real, writer);
    }),
  ),
  fc.tuple(slot, someEvents, someEvents).map(([number, recorded, appended]) =>
    onWriter(`record ${named(recorded)} while appending ${named(appended)}`, number, true, async (_, real, writer) => {
      if (writer === undefined) return;
      const appending = append(real, writer, appended);
      record(real, writer, recorded);
      await Promise.all([appending, flush(real, writer)]);
    }),
  ),
  fc.tuple(slot, fc.array(someEvents, { minLength: 2, maxLength: 3 })).map(([number, batches]) =>
    onWriter(`append at once ${batches.map(named).join(" and ")}`, number, true, async (_, real, writer) => {
      if (writer === undefined) return;
      await Promise.all(batches.map((events) => append(real, writer, events)));
    }),
  ),
  fc.tuple(slot, someEvents, fc.nat({ max: 6 }), fc.nat({ max: 12 })).map(([number, events, turns, ticks]) =>
    onWriter(`kill while appending ${named(events)}`, number, true, async (model, real, writer) => {
      if (writer === undefined) return;
      const appending = append(real, writer, events).catch(() => undefined);
      for (let count = 0; count < turns; count += 1) await turn();
      for (let count = 0; count < ticks; count += 1) await Promise.resolve();
      writer.process.kill();
      real.writers.delete(number);
      model.open.delete(number);
      await Promise.race([appending, turn()]);
    }),
  ),
  fc
    .array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 })
    .map((picks) => anywhere(`lose the power ${picks.join()}`, (model, real) => loseThePower(model, real, picks))),
  fc
    .record({
      left: fc.nat({ max: 12 }),
      count: fc.constantFrom(1, 2, 5),
      refusal: fc.constantFrom<CallFault>(
        { code: "EIO" },
        { code: "ENOSPC" },
        { code: "ENOSPC", part: 0.5 },
        { code: "EMFILE" },
      ),
    })
    .map((fault) =>
      anywhere(`refuse ${JSON.stringify(fault)}`, async (_, real) => {
        real.fault = { ...fault };
      }),
    ),
  fc.constant(
    anywhere("refusals pass", async (_, real) => {
      real.fault = null;
    }),
  ),
  fc
    .constantFrom("build" as const, "use" as const)
    .map((columns) => anywhere(`ask the view, columns: ${columns}`, (_, real) => askView(real, columns))),
  fc.nat({ max: 3 }).map((which) => anywhere(`remove column files`, (_, real) => removeDerived(real, which))),
  fc.constant(anywhere("ask from checkpoints", (_, real) => askCheckpoints(real))),
  fc.constant(anywhere("read on", (_, real) => readOn(real))),
  fc.constant(anywhere("check", (_, real) => expectKept(real.world))),
];

/** What holds at the end of any sequence: everything is there, also after a loss of power, and can be gone on with. */
export async function expectEnd(real: Real): Promise<void> {
  real.fault = null;
  await readOn(real);
  for (const { ledger } of real.writers.values()) await real.world.flush(ledger, () => ledger.close());
  await expectKept(real.world);
  const left = real.world.afterPowerLoss();
  await expectKept(left);
  const ledger = await left.start().open("write");
  for (const event of left.told.attempted.slice(0, 3)) await left.append(ledger, [event]);
  await ledger.close();
  await expectKept(left);
}

function named(events: readonly LedgerEvent[]): string {
  return events.map(({ id, type }) => `${id} (${type})`).join(", ");
}
