import { isDeepStrictEqual } from "node:util";
import {
  encodeEvent,
  foldAccount,
  isResponse,
  LedgerNotFoundError,
  openLedger,
  type Account,
  type AppendOutcome,
  type Host,
  type Ledger,
  type LedgerEvent,
  type OpenLedgerOptions,
  type Processes,
} from "@farthing/ledger";
import { expect } from "vitest";
import { aRequestCompleted } from "./builders.ts";
import { CrashDisk, type Choose, type DiskTree } from "./crash-disk.ts";
import { programOn, type DiskProgram, type DiskProgramOptions } from "./crash-file-system.ts";
import { eventsOf } from "./describe-event-store.ts";
import { isFullRun } from "./full-run.ts";
import { saidByAccount, saidByView } from "./what-a-view-says.ts";
import { somePowerLosses, treeKey } from "./power-losses.ts";

/** What users of a ledger were told, and what they asked for. */
export interface Told {
  /** Whether opening a ledger has ever succeeded. */
  readonly made: boolean;
  /** Events that were acknowledged. */
  readonly acknowledged: readonly LedgerEvent[];
  /** Those, and events whose appending was not acknowledged. */
  readonly attempted: readonly LedgerEvent[];
}

/** A process that is only ever killed. */
const SILENT_HOST: Host = {
  warn: () => undefined,
  onExit: () => () => undefined,
  onSignal: () => () => undefined,
};

const STATES_PER_MOMENT = isFullRun ? 1_000 : 200;

const NOTHING_TOLD: Told = { made: false, acknowledged: [], attempted: [] };

export interface LedgerOptions extends Omit<OpenLedgerOptions, "mode" | "create" | "fileSystem" | "processes"> {
  /** Default: a folder at the top of the disk. */
  readonly path?: string;
}

/** The same events are looked for on very many disks. */
const texts = new WeakMap<LedgerEvent, string>();

function textOf(event: LedgerEvent): string {
  const text = texts.get(event) ?? encodeEvent(event);
  texts.set(event, text);
  return text;
}

let boots = 0;

/** One run of a machine: a disk, the processes that use it, and what their users were told. */
export class CrashWorld {
  readonly disk: CrashDisk;
  readonly #options: LedgerOptions;
  readonly #program: DiskProgramOptions;
  readonly #running = new Set<number>();
  readonly #acknowledged: LedgerEvent[];
  readonly #attempted: LedgerEvent[];
  /** What was recorded and not flushed, by the ledger that was told. */
  readonly #recorded = new Map<Ledger, readonly LedgerEvent[]>();
  #made: boolean;
  #started = 0;
  readonly #boot: string;

  constructor(
    disk: CrashDisk = new CrashDisk(),
    options: LedgerOptions = {},
    program: DiskProgramOptions = {},
    { made, acknowledged, attempted }: Told = NOTHING_TOLD,
  ) {
    this.disk = disk;
    this.#made = made;
    this.#acknowledged = [...acknowledged];
    this.#attempted = [...attempted];
    this.#options = options;
    this.#program = program;
    boots += 1;
    this.#boot = `boot ${String(boots)}`;
  }

  get told(): Told {
    return { made: this.#made, acknowledged: [...this.#acknowledged], attempted: [...this.#attempted] };
  }

  /** The same machine after a loss of power, which leaves the least it can, or what is chosen. */
  afterPowerLoss(choose?: Choose): CrashWorld {
    const left = choose === undefined ? this.disk.durable() : this.disk.afterPowerLoss(choose);
    return new CrashWorld(CrashDisk.of(left), this.#options, this.#program, this.told);
  }

  /** Starts a process. */
  start(program: DiskProgramOptions = this.#program): CrashProcess {
    this.#started += 1;
    const pid = this.#started;
    this.#running.add(pid);
    const processes: Processes = {
      self: { pid, host: "crash-test", namespace: null, started: this.#boot },
      isRunning: (process) => process.started === this.#boot && this.#running.has(process.pid),
    };
    const running = programOn(this.disk, program);
    return {
      program: running,
      open: async (mode, options) => {
        const ledger = await openLedger(this.#options.path ?? "/ledger", {
          mode,
          create: mode === "write",
          fileSystem: running.fileSystem,
          processes,
          host: SILENT_HOST,
          onError: () => undefined,
          ...this.#options,
          ...options,
        });
        this.#made = true;
        return ledger;
      },
      kill: () => {
        running.kill();
        this.#running.delete(pid);
      },
    };
  }

  /** Appends, and remembers what was answered. */
  async append(ledger: Ledger, events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    this.#attempted.push(...events);
    const outcomes = await ledger.append(events);
    this.#acknowledged.push(...events);
    return outcomes;
  }

  /** Records, which is acknowledged by flushing. */
  record(ledger: Ledger, events: readonly LedgerEvent[]): void {
    this.#attempted.push(...events);
    for (const event of events) ledger.record(event);
    this.#recorded.set(ledger, [...(this.#recorded.get(ledger) ?? []), ...events]);
  }

  /** Flushes, and remembers what is thereby acknowledged; returns that. */
  async flush(ledger: Ledger, flush: () => Promise<void> = () => ledger.flush()): Promise<readonly LedgerEvent[]> {
    const recorded = this.#recorded.get(ledger) ?? [];
    await flush();
    this.#acknowledged.push(...recorded);
    this.#recorded.set(ledger, (this.#recorded.get(ledger) ?? []).slice(recorded.length));
    return recorded;
  }
}

export interface CrashProcess {
  readonly program: DiskProgram;
  open(mode: "read" | "write", options?: LedgerOptions): Promise<Ledger>;
  /** As `kill -9` does: what it wrote stays in the page cache, what it waited for is never answered. */
  kill(): void;
}

/** A disk that a crash left, and what had been promised by then. */
export interface CrashState<Disk = DiskTree> {
  readonly disk: Disk;
  readonly told: Told;
}

export interface CrashStates {
  /** Every disk that a loss of power could leave. */
  readonly powerLosses: readonly CrashState[];
  /** Every disk that killing the processes could leave: nothing is lost, and not all of it is durable. */
  readonly kills: readonly CrashState<CrashDisk>[];
}

/** Gathers what a crash could leave at any moment of what happens in a world. */
export async function crashStatesOf(
  happens: (world: CrashWorld) => Promise<void>,
  options: { readonly ledger?: LedgerOptions; readonly before?: CrashState } = {},
): Promise<CrashStates> {
  const powerLosses = new Map<string, CrashState>();
  const kills: CrashState<CrashDisk>[] = [];
  const disk = CrashDisk.of(options.before?.disk ?? new Map());
  const look = (): void => {
    const { told } = world;
    // Of two moments that leave the same, the later one has promised more.
    for (const left of somePowerLosses(disk, STATES_PER_MOMENT)) powerLosses.set(treeKey(left), { disk: left, told });
    kills.push(...disk.interrupted().map((left) => ({ disk: left, told })));
  };
  const world = new CrashWorld(disk, options.ledger, { onChange: look }, options.before?.told);
  await happens(world);
  look();
  return { powerLosses: [...powerLosses.values()], kills };
}

/** Checks that a ledger on a disk keeps every promise, can be gone on with, and is the same when read again. */
export async function expectSurvival({ disk, told }: CrashState, options: LedgerOptions = {}): Promise<void> {
  const world = new CrashWorld(CrashDisk.of(disk), options, {}, told);
  await expectKept(world);
  await goOn(world);
  await expectKept(world.afterPowerLoss());
}

/** Checks that what the processes after a killed one acknowledge is durable, also where they found it there already. */
export async function expectSurvivalOfKill(
  { disk, told }: CrashState<CrashDisk>,
  options: LedgerOptions = {},
): Promise<void> {
  const world = new CrashWorld(disk, options, {}, told);
  await expectKept(world);
  const ledger = await world.start().open("write");
  for (const event of told.attempted) {
    await world.append(ledger, [event]);
    await expectKept(world.afterPowerLoss());
  }
  await ledger.close();
  await goOn(world);
  await expectKept(world.afterPowerLoss());
}

/** Appends all that was ever attempted again, and something new. */
async function goOn(world: CrashWorld): Promise<void> {
  const { attempted } = world.told;
  const ledger = await world.start().open("write");
  for (const event of attempted) await world.append(ledger, [event]);
  await world.append(ledger, [aRequestCompleted({ id: "msg:after-the-crash" })]);
  expectSame(await ledger.account(), foldAccount(world.told.acknowledged), "the account of the one who appends");
  await ledger.close();
}

/** Checks that a reader finds all that was acknowledged, once, and nothing that nobody appended. */
export async function expectKept(world: CrashWorld): Promise<void> {
  const { made, acknowledged, attempted } = world.told;
  let reader: Ledger;
  try {
    reader = await world.start().open("read");
  } catch (error) {
    if (!made && error instanceof LedgerNotFoundError) return;
    throw error;
  }
  const { account, read } = await atRest(reader, async () => ({ read: await eventsOf(reader) }));
  const known = new Set(attempted.map(textOf));
  const strangers = read.filter((event) => !known.has(encodeEvent(event)));
  expect(strangers, "events that nobody appended").toEqual([]);
  expectSame(account, foldAccount([...read, ...acknowledged]), "with all that was acknowledged");
  if ((await reader.view({ columns: "use" })).files.length > 0) await expectView(reader, "build");
  await reader.close();
}

/** What column files and the end of the log say is what the log says. */
export async function expectView(ledger: Ledger, columns: "build" | "use"): Promise<void> {
  const { account, said } = await atRest(ledger, async () => ({
    said: await saidByView(await ledger.view({ columns })),
  }));
  const expected = saidByAccount(account);
  if (!isDeepStrictEqual(said, expected)) expect(said).toEqual(expected);
}

/** Looks at a ledger while nothing changes in it: what others recorded is written when its turn comes. */
async function atRest<T>(ledger: Ledger, look: () => Promise<T>): Promise<T & { readonly account: Account }> {
  for (let before = await ledger.account(); ;) {
    const seen = await look();
    const account = await ledger.account();
    if (isDeepStrictEqual(before, account)) return { ...seen, account };
    before = account;
  }
}

export function expectSame(actual: Account, expected: Account, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  expect(briefly(actual), what).toEqual(briefly(expected));
  expect(actual, what).toEqual(expected);
}

/** What a failure shows first. */
function briefly({ responses, others }: Account): string[] {
  return [...responses, ...others].map((event) => (isResponse(event) ? `${event.id} ${event.finality}` : event.id));
}
