import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import {
  nodeProcesses,
  openLedger,
  verifyLedger,
  type FileSystem,
  type Ledger,
  type LedgerEvent,
  type Processes,
} from "@farthing/ledger";
import { expect, onTestFinished } from "vitest";
import { aRequestCompleted } from "./builders.ts";
import { eventsOf } from "./describe-event-store.ts";

export const MINUTE_MS: number = 60_000;

/** A container on this machine: nobody outside sees whether its processes run. */
export function container(namespace: string): Processes {
  const self = { ...nodeProcesses.self, pid: 7, namespace: `pid:[${namespace}]` };
  return { self, isRunning: (owner) => owner.namespace !== self.namespace || owner.pid === self.pid };
}

export interface StandingOptions {
  readonly fileSystem?: FileSystem;
  readonly onError?: (error: unknown) => void;
}

/** A process that can stand still: time goes on, and it hears of nothing. */
export class Standing {
  readonly processes: Processes;
  #at = Date.now();

  constructor(processes: Processes) {
    this.processes = processes;
  }

  readonly now = (): number => this.#at;

  stand(milliseconds: number): void {
    this.#at += milliseconds;
  }

  async open(path: string, options: StandingOptions = {}): Promise<Ledger> {
    const { now, processes } = this;
    const onError = (): void => undefined;
    const ledger = await openLedger(path, { mode: "write", create: true, now, processes, onError, ...options });
    onTestFinished(() => ledger.close());
    return ledger;
  }
}

export function eventsNamed(...ids: readonly string[]): LedgerEvent[] {
  return ids.map((id) => aRequestCompleted({ id }));
}

export function locksIn(path: string): string[] {
  return readdirSync(join(path, "writers")).map((name) => join(path, "writers", name));
}

export function logsIn(path: string): number {
  return new Set(readdirSync(join(path, "segments")).map((name) => name.split("-")[0])).size;
}

/** As if nothing had been heard of its owner for some time. */
export function silence(lock: string, milliseconds: number): void {
  const at = new Date(Date.now() - milliseconds);
  utimesSync(lock, at, at);
}

export function silenceAll(path: string, milliseconds: number): void {
  for (const lock of locksIn(path)) silence(lock, milliseconds);
}

export async function expectSound(path: string, ...ids: readonly string[]): Promise<void> {
  await using reader = await openLedger(path, { mode: "read" });
  const events = await eventsOf(reader);
  expect(events.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(reader.damage()).toEqual([]);
  const { problems } = await verifyLedger(path);
  expect(problems.filter(({ kind }) => kind !== "held-lock" && kind !== "stale-lock")).toEqual([]);
}
