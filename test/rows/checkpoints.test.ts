import {
  askRows,
  buildRows,
  listPriceBook,
  querySpend,
  queryTotals,
  RowRoom,
  spendProjection,
  totalsProjection,
  type Checkpoints,
  type FiledRows,
  type RequestFailed,
  type ResponseRecorded,
  type RowFile,
  type RowProjection,
  type SpendQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { pricedRequests } from "../support/priced-requests.ts";
import { spendQueries } from "../support/queries.ts";

const QUERY: SpendQuery = { by: [], where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };

type RequestEvent = ResponseRecorded | RequestFailed;

/** A ledger in the course of time: what there is in files, and which rows count at each moment. */
interface Moment {
  readonly rows: FiledRows;
  readonly opened: string[];
}

describe("a question asked again", () => {
  it("has the answer of all rows that count, whatever came, changed or was taken back in between", async () => {
    await fc.assert(
      fc.asyncProperty(
        pricedRequests,
        fc.array(fc.nat(3)),
        histories,
        spendQueries,
        async (events, places, steps, query) => {
          const checkpoints = inMemory();
          const spend = spendProjection(query);
          const totals = totalsProjection({ ...query, longPromptTokens: 100_000, sessionsMax: 9 });
          for (const step of steps) {
            const { rows } = momentOf(events, places, step);
            const batches = await batchesOf(rows);
            expect(await askRows(spend, rows, checkpoints)).toEqual(querySpend(batches, query));
            expect(await askRows(totals, rows, checkpoints)).toEqual(
              queryTotals(batches, { ...query, longPromptTokens: 100_000, sessionsMax: 9 }),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("opens only files that are new, or of which a row counts no longer", async () => {
    const at = (id: string, hour: string): ResponseRecorded =>
      aRequestCompleted({ id, occurredAt: `2026-10-01T${hour}:00:00.000Z` });
    const events = [at("a", "10"), at("b", "12"), at("c", "11"), at("d", "11")];
    const checkpoints = inMemory();
    const ask = async (step: Step): Promise<readonly string[]> => {
      const { rows, opened } = momentOf(events, [0, 1, 2, 0], step);
      await askRows(spendProjection(QUERY), rows, checkpoints);
      return opened;
    };
    expect(await ask({ files: 2, dead: [], gone: [] })).toEqual(["file-0", "file-1"]);
    expect(await ask({ files: 2, dead: [], gone: [] })).toEqual([]);
    expect(await ask({ files: 3, dead: [3], gone: [] })).toEqual(["file-0", "file-2"]);
    expect(await ask({ files: 3, dead: [3], gone: [2] })).toEqual(["file-2"]);
    expect(await ask({ files: 3, dead: [], gone: [] })).toEqual(["file-0"]);
    expect(await ask({ files: 3, dead: [], gone: [] })).toEqual([]);
  });

  it("is answered anew where a covered file is gone, or the checkpoint is damaged anywhere", async () => {
    const events = Array.from({ length: 6 }, (_, index) =>
      aRequestCompleted({ id: String(index), context: { session: `s${String(index)}` }, usage: aUsage({ output: 7 }) }),
    );
    const totals = totalsProjection({ ...QUERY, longPromptTokens: 1, sessionsMax: 9 });
    const whole = momentOf(events, [0, 1, 2], { files: 3, dead: [], gone: [] }).rows;
    const expected = queryTotals(await batchesOf(whole), { ...QUERY, longPromptTokens: 1, sessionsMax: 9 });
    const checkpoints = inMemory();
    await askRows(totals, whole, checkpoints);
    const [[name, bytes] = ["", new Uint8Array()]] = checkpoints.held;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] ?? 0) ^ change;
        checkpoints.held.set(name, damaged);
        expect(await askRows(totals, whole, checkpoints)).toEqual(expected);
      }),
    );
    for (const length of [0, 7, 16, bytes.length - 1]) {
      checkpoints.held.set(name, bytes.slice(0, length));
      expect(await askRows(totals, whole, checkpoints)).toEqual(expected);
    }
    const fewer: FiledRows = { ...whole, files: whole.files.slice(1) };
    expect(await askRows(totals, fewer, checkpoints)).toEqual(
      queryTotals(await batchesOf(fewer), { ...QUERY, longPromptTokens: 1, sessionsMax: 9 }),
    );
  });

  it("knows every session by its name again, and takes new ones in", async () => {
    const names = [
      "a",
      "",
      "ü",
      "💶 日本",
      "\u0001",
      "\ud800",
      "8745a9c2-8517-43c0-8ed5-18c430cc4c3a",
      "8745A9C2-8517-43C0-8ED5-18C430CC4C3A",
      "8745a9c2-8517-43c0-8ed5-18c430cc4c3",
      "8745a9c2-8517-43c0-8ed5-18c430cc4c3g",
      "8745a9c2_8517-43c0-8ed5-18c430cc4c3a",
      "ffffffff-ffff-ffff-ffff-ffffffffffff",
      "00000002-ffff-ffff-ffff-ffffffffffff",
      ...Array.from({ length: 300 }, (_, index) => `s${String(index)}`),
    ];
    const events = names.map((session, index) =>
      aRequestCompleted({ id: String(index), context: { session }, usage: aUsage({ output: index + 1 }) }),
    );
    // Few are new in the last file, so that many of those known before lie side by side.
    const places = names.map((_name, index) => (index % 60 === 1 ? 2 : index % 2));
    const totals = totalsProjection({ ...QUERY, longPromptTokens: 1, sessionsMax: 1000 });
    const checkpoints = inMemory();
    for (const files of [2, 2, 3, 3]) {
      const { rows } = momentOf(events, places, { files, dead: [], gone: [] });
      const { bySession, recorded } = await askRows(totals, rows, checkpoints);
      const expected = names.filter((_name, index) => (places[index] ?? 0) < files).reverse();
      expect(bySession?.map(({ name }) => name)).toEqual(expected);
      expect(recorded.sessions).toBe(expected.length);
    }
  });

  it("finds no checkpoint of another question, price book or version", async () => {
    const events = [aRequestCompleted({ id: "a", servedModel: "claude-haiku-9" })];
    const checkpoints = inMemory();
    const { rows } = momentOf(events, [0], { files: 1, dead: [], gone: [] });
    const newer: RowProjection<unknown> = { ...spendProjection(QUERY), version: 99 };
    const early = { ...QUERY, book: listPriceBook().knownAt(0) };
    const questions = [QUERY, { ...QUERY, by: ["model"] as const }, { ...QUERY, until: 5 }, early];
    for (const projection of [...questions.map(spendProjection), newer]) await askRows(projection, rows, checkpoints);
    expect(checkpoints.held.size).toBe(questions.length + 1);
  });

  it("does not believe a checkpoint of another question under its name", async () => {
    const { rows } = momentOf([aRequestCompleted({ id: "a" })], [0], { files: 1, dead: [], gone: [] });
    const other = inMemory();
    await askRows(spendProjection({ ...QUERY, until: 5 }), rows, other);
    const [bytes = new Uint8Array()] = other.held.values();
    const misplaced: Checkpoints = { read: async () => bytes.slice(), write: async () => undefined };
    expect((await askRows(spendProjection(QUERY), rows, misplaced)).total.requests).toBe(1);
  });

  it("says when the first and the last request were, also where the tail takes these away", async () => {
    const at = (hour: string): ResponseRecorded =>
      aRequestCompleted({ id: hour, occurredAt: `2026-10-01T${hour}:00:00.000Z` });
    const events = ["10", "11", "12", "13"].map(at);
    for (const checkpoints of [inMemory(), null]) {
      for (const gone of [[], [0], [3], [0, 3], []]) {
        const { rows } = momentOf(events, [0, 0, 0, 0], { files: 1, dead: [], gone });
        const { span } = await askRows(spendProjection(QUERY), rows, checkpoints);
        const left = events
          .filter((_event, index) => !gone.includes(index))
          .map(({ occurredAt }) => Date.parse(occurredAt));
        expect(span).toEqual({ first: left[0], last: left.at(-1) });
      }
    }
  });

  it("is exact where sums passed what a number holds", async () => {
    const usage = aUsage({ uncachedInput: Number.MAX_SAFE_INTEGER - 1 });
    const events = Array.from({ length: 5 }, (_, index) =>
      aRequestCompleted({ id: String(index), servedModel: "claude-haiku-4-5", context: { session: "s" }, usage }),
    );
    const checkpoints = inMemory();
    const totals = totalsProjection({ ...QUERY, longPromptTokens: 1, sessionsMax: 9 });
    for (const files of [1, 2, 3]) {
      const { rows } = momentOf(events, [0, 1, 2], { files, dead: [], gone: [] });
      const { spend, bySession } = await askRows(totals, rows, checkpoints);
      const counting = (await batchesOf(rows)).reduce((sum, batch) => sum + batch.rows.count, 0);
      const usd = BigInt(counting) * BigInt(Number.MAX_SAFE_INTEGER - 1) * 1_000_000n;
      expect([spend.total.usd, bySession?.[0]?.usd]).toEqual([usd, usd]);
    }
  });
});

/** How far a ledger has come: so many files are there, and of the events some count no longer. */
interface Step {
  readonly files: number;
  /** Indexes of events that do not count as files tell. */
  readonly dead: readonly number[];
  /** Indexes of events that the tail makes not count, or count again where they are among `dead`. */
  readonly gone: readonly number[];
}

const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    files: fc.integer({ min: 0, max: 3 }),
    dead: fc.uniqueArray(fc.nat(24), { maxLength: 6 }),
    gone: fc.uniqueArray(fc.nat(24), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Events by place: in files 0 to 2, of which the first some are there, or in the tail. */
function momentOf(events: readonly RequestEvent[], places: readonly number[], step: Step): Moment {
  const opened: string[] = [];
  const indexOf = new Map(events.map(({ id }, index) => [id, index]));
  const files = Array.from({ length: step.files }, (_, number): RowFile => {
    const rows = buildRows(events.filter((_event, index) => (places[index] ?? 0) === number));
    const placeOf = (row: number): number => indexOf.get(rows.details().id(row)) ?? -1;
    const rowsWhere = (isWanted: (row: number) => boolean): Uint32Array =>
      Uint32Array.from({ length: rows.count }, (_row, row) => row).filter(isWanted);
    const isDead = (row: number): boolean => step.dead.includes(placeOf(row));
    const isGone = (row: number): boolean => step.gone.includes(placeOf(row)) !== isDead(row);
    const [dead, current] = [rowsWhere(isDead), rowsWhere(isGone)];
    const key = `file-${String(number)}`;
    return {
      key,
      count: rows.count,
      dead,
      current,
      open: () => {
        opened.push(key);
        const marks = Uint8Array.from({ length: rows.count }, (_row, row) => Number(isGone(row)));
        return Promise.resolve({ key, rows, dead: marks });
      },
    };
  });
  const tail = { key: null, rows: buildRows(events.filter((_event, index) => places[index] === TAIL)), dead: null };
  return { rows: { files, tail: [tail] }, opened };
}

const TAIL = 3;

async function batchesOf({ files, tail }: FiledRows): Promise<FiledRows["tail"]> {
  return [...(await Promise.all(files.map((file) => file.open({ room: new RowRoom() })))), ...tail];
}

function inMemory(): Checkpoints & { readonly held: Map<string, Uint8Array> } {
  const held = new Map<string, Uint8Array>();
  return {
    held,
    read: (name) => Promise.resolve(held.get(name)?.slice() ?? null),
    write: (name, pieces) => {
      held.set(name, new Uint8Array(Buffer.concat(pieces)));
      return Promise.resolve();
    },
  };
}
