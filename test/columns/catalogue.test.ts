import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  askView,
  foldAccount,
  nodeFileSystem,
  openLedger,
  openView,
  pruneLedger,
  type FileSystem,
  type LedgerEvent,
  type LedgerView,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { aPlaceholder, aRequestCompleted, aUsageCorrected } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";
import { yearsLater } from "./later-catalogue.ts";

const RUNS = { numRuns: isFullRun ? 30 : 4 };
/** As many column files as it takes for a catalogue to be written. */
const MANY = 18;

type Step =
  | { readonly kind: "append"; readonly events: readonly LedgerEvent[] }
  | { readonly kind: "delete" | "damage" | "damage the catalogue" | "cut the catalogue"; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("append" as const),
      events: fc.array(events(eventIds), { minLength: 1, maxLength: 8 }),
    }),
    fc.record({
      kind: fc.constantFrom(
        "delete" as const,
        "damage" as const,
        "damage the catalogue" as const,
        "cut the catalogue" as const,
      ),
      which: fc.nat(),
    }),
  ),
  { minLength: 1, maxLength: 2 },
);

describe("a view of a ledger that has a catalogue of its column files", () => {
  it("says what the account of all events says, whatever became of the files since", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(events(eventIds), { minLength: MANY, maxLength: MANY + 2 }),
        steps,
        async (first, then) => {
          const path = await aLedgerOf(first);
          const recorded = [...first];
          for (const step of [null, ...then]) {
            if (step?.kind === "append") {
              await appendEach(path, step.events);
              recorded.push(...step.events);
            } else if (step !== null) spoil(path, step);
            const expected = saidByAccount(foldAccount(recorded));
            const fileSystem = yearsLater();
            for (const columns of ["use", "build"] as const) {
              expect(await askView([path], { columns, fileSystem }, saidByView)).toEqual(expected);
            }
            const known = await openView([path], { columns: "use", fileSystem });
            const without = await openView([path], { columns: "use", fileSystem: withoutCatalogue() });
            expect(detailsOf(known)).toEqual(detailsOf(without));
          }
        },
      ),
      RUNS,
    );
  });

  it("says of copies that went on apart, and of a moment in the past, what their accounts say", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(events(eventIds), { minLength: MANY, maxLength: MANY }),
        fc.array(events(eventIds), { minLength: 1, maxLength: 4 }),
        fc.array(events(eventIds), { minLength: 1, maxLength: 4 }),
        async (first, here, there) => {
          const original = await aLedgerOf(first);
          await openView([original]);
          inWholeSeconds(original);
          const fileSystem = yearsLater();
          const { position } = await openView([original], { fileSystem });
          const copy = join(emptyFolder(), "copy");
          cpSync(original, copy, { recursive: true, preserveTimestamps: true });
          await appendEach(original, here);
          await appendEach(copy, there);
          const all = saidByAccount(foldAccount([...first, ...here, ...there]));
          const past = saidByAccount(foldAccount(first));
          for (const columns of ["use", "build", "use"] as const) {
            for (const paths of [
              [original, copy],
              [copy, original],
            ]) {
              expect(await saidByView(await openView(paths, { columns, fileSystem }))).toEqual(all);
            }
            const then = await openView([copy], { columns, fileSystem, asOf: position });
            expect(await saidByView(then)).toEqual(past);
          }
        },
      ),
      RUNS,
    );
  });

  it("reads no head of a column file that it has seen before, also where corrections are in force", async () => {
    const path = await aLedgerOf(manyEvents());
    await openView([path], { fileSystem: yearsLater() });
    const read: string[] = [];
    const view = await openView([path], { fileSystem: yearsLater((name) => read.push(name)) });
    expect(read).toEqual([]);
    expect(view.files).toHaveLength(manyEvents().length - 1);
    expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(manyEvents())));
  });

  it("reads the heads of files that are new, and those alone", async () => {
    const path = await aLedgerOf(manyEvents());
    await openView([path], { fileSystem: yearsLater() });
    const before = new Set(readdirSync(join(path, "columns")));
    await appendEach(path, [aRequestCompleted({ id: "msg:new" }), aRequestCompleted({ id: "msg:newer" })]);
    await openView([path], { fileSystem: yearsLater() });
    const read = new Set<string>();
    await openView([path], { fileSystem: yearsLater((name) => read.add(name)) });
    const added = readdirSync(join(path, "columns")).filter((name) => !before.has(name));
    expect(added).toHaveLength(2);
    expect([...read].sort()).toEqual(added);
  });

  it("trusts no file that was changed, or could have been in the instant in which the catalogue was written", async () => {
    const path = await aLedgerOf(manyEvents());
    await openView([path]);
    inWholeSeconds(path);
    await openView([path]);
    const times = readdirSync(join(path, "columns"))
      .filter((name) => name.endsWith(".col"))
      .map((name) => ({ name, time: statSync(join(path, "columns", name)).mtimeMs }));
    const { name, time } = times.toSorted((a, b) => b.time - a.time)[0] ?? { name: "", time: 0 };
    const file = join(path, "columns", name);
    for (const { changedAt, after } of [
      { changedAt: time, after: 1_000 },
      { changedAt: time + 1, after: 1e11 },
    ]) {
      writeFileSync(file, Buffer.alloc(statSync(file).size));
      utimesSync(file, changedAt / 1000, changedAt / 1000);
      const read: string[] = [];
      const fileSystem = withCatalogueAt(time + after, (each) => read.push(each));
      const view = await openView([path], { columns: "use", fileSystem });
      expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(manyEvents())));
      // Were it trusted, all would be read again once its rows are found to be damaged.
      expect(read).toContain(name);
      expect(read.length).toBeLessThan(5);
    }
  });

  it("keeps nothing of what was pruned", async () => {
    const hours = Array.from({ length: 2 * MANY }, (_, hour) =>
      aRequestCompleted({ id: `msg:${String(hour)}`, occurredAt: new Date(Date.UTC(2026, 9, 1, hour)).toISOString() }),
    );
    const path = await aLedgerOf([aUsageCorrected({ corrects: "msg:1" }), ...hours]);
    await openView([path]);
    expect(readFileSync(join(path, "columns", "catalogue"), "utf8")).toContain("msg:1");
    await pruneLedger(path, { before: Date.UTC(2026, 9, 1, MANY) });
    expect(readdirSync(join(path, "columns"))).not.toContain("catalogue");
    const said = await saidByView(await openView([path], { columns: "ignore" }));
    for (const _ of [1, 2])
      expect(await saidByView(await openView([path], { fileSystem: yearsLater() }))).toEqual(said);
  });

  it("writes none where column files are only to be used, or few", async () => {
    const path = await aLedgerOf(manyEvents());
    await openView([path]);
    rmSync(join(path, "columns", "catalogue"));
    await openView([path], { columns: "use" });
    expect(readdirSync(join(path, "columns"))).not.toContain("catalogue");
    const small = await aLedgerOf(manyEvents().slice(0, 4));
    await openView([small]);
    expect(readdirSync(join(small, "columns"))).not.toContain("catalogue");
  });
});

/** Requests of which some are corrected, and recorded again. */
function manyEvents(): LedgerEvent[] {
  const ids = Array.from({ length: MANY }, (_, index) => `msg:${String(index)}`);
  return [
    aPlaceholder({ id: "msg:3" }),
    aPlaceholder({ id: "msg:7" }),
    ...ids.map((id) => aRequestCompleted({ id })),
    aUsageCorrected({ id: "correction:1", corrects: "msg:3" }),
    aUsageCorrected({ id: "correction:2", corrects: "msg:5" }),
    aUsageCorrected({ id: "correction:3", corrects: "correction:2" }),
    aRequestCompleted({ id: "msg:last" }),
  ];
}

/** A ledger of which each event is a segment. */
async function aLedgerOf(recorded: readonly LedgerEvent[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  await appendEach(path, recorded);
  return path;
}

async function appendEach(path: string, recorded: readonly LedgerEvent[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 1 });
  for (const event of recorded) await ledger.append([event]);
}

function withoutCatalogue(): FileSystem {
  return {
    ...nodeFileSystem,
    stateNow: (path) => (basename(path) === "catalogue" ? null : nodeFileSystem.stateNow(path)),
  };
}

function withCatalogueAt(modifiedAt: number, onRead: (name: string) => void): FileSystem {
  const fileSystem = yearsLater(onRead);
  return {
    ...fileSystem,
    stateNow(path) {
      const state = fileSystem.stateNow(path);
      return state === null || basename(path) !== "catalogue" ? state : { ...state, modifiedAt };
    },
  };
}

/** Gives all files of a ledger a time of change long ago, which copying keeps. */
function inWholeSeconds(path: string): void {
  for (const folder of ["columns", "segments"]) {
    for (const [index, name] of readdirSync(join(path, folder)).entries()) {
      const time = new Date(Date.UTC(2026, 0, 1, 0, 0, index));
      utimesSync(join(path, folder, name), time, time);
    }
  }
}

/** What a view says beside what an account says. */
function detailsOf({ files, tail, others, position, heads, damage, conflicts }: LedgerView): unknown {
  return {
    files: files.map(({ key, count, dead, current }) => ({ key, count, dead, current })),
    tail: tail.map(({ rows }) => rows.count),
    others,
    position,
    heads,
    damage,
    conflicts,
  };
}

/** Deletes or damages one of the column files, or the catalogue. */
function spoil(path: string, { kind, which }: Exclude<Step, { kind: "append" }>): void {
  const folder = join(path, "columns");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const isMeant = (name: string): boolean => name === "catalogue";
  const meant = names.filter((name) => isMeant(name) === kind.endsWith("catalogue"));
  const name = meant[which % Math.max(1, meant.length)];
  if (name === undefined) return;
  const file = join(folder, name);
  const bytes = readFileSync(file);
  if (kind === "delete") rmSync(file);
  else if (kind === "cut the catalogue") writeFileSync(file, bytes.subarray(0, which % bytes.length));
  else {
    bytes[which % bytes.length] = (bytes[which % bytes.length] ?? 0) ^ 0x20;
    writeFileSync(file, bytes);
  }
}
