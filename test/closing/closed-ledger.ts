import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import type { CloseDocument } from "../../packages/advisor/src/schemas/close.ts";
import type { SpendDocument } from "../../packages/advisor/src/schemas/spend.ts";
import type { VerifyDocument } from "../../packages/advisor/src/schemas/verify.ts";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { EMPTY_LOG, logLinesOf } from "../support/log-lines.ts";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";

/** Responses of October 2026, each $0.0075 on Opus 5: 1,000 prompt tokens at $5 a million and 100 of output at $25. */
export const OCTOBER: readonly LedgerEvent[] = [1, 2, 3, 4].map((day) =>
  aRequestCompleted({
    id: `msg:october-${String(day)}`,
    occurredAt: `2026-10-0${String(day)}T10:00:00.000Z`,
    usage: aUsage({ uncachedInput: 1_000, output: 100 }),
  }),
);

/** A ledger of which October is closed, and the document that closed it. */
export async function aClosedLedger(
  events: readonly LedgerEvent[] = OCTOBER,
): Promise<{ readonly path: string; readonly closing: CloseDocument["closed"] }> {
  const path = await aLedger(events);
  return { path, closing: (await closed(path, "2026-10")).closed };
}

/** A ledger of which October is closed with a figure, by a closing that says no more than it has to. */
export async function aBrieflyClosedLedger(usd = "0.03"): Promise<string> {
  const path = await aLedger(OCTOBER);
  await using writer = await openLedger(path, { mode: "write" });
  const { position } = await writer.view();
  await writer.append([
    {
      type: "PeriodClosed",
      version: 1,
      id: "close:old",
      occurredAt: "2026-11-03T00:00:00.000Z",
      sources: ["test"],
      from: "2026-10-01T00:00:00.000Z",
      until: "2026-11-01T00:00:00.000Z",
      usd,
      position,
      priceBookHash: "of another release",
      chainHead: "",
    },
  ]);
  return path;
}

/** Runs a command that succeeds on a ledger. */
async function document(args: readonly string[], ledger: string): Promise<unknown> {
  const { stdout, stderr, exitCode } = await runCli([...args, "--format", "json", "--ledger", ledger]);
  if (exitCode !== 0) throw new Error(`farthing ${args.join(" ")}: ${stderr}${stdout}`);
  return JSON.parse(stdout);
}

export async function closed(ledger: string, ...args: readonly string[]): Promise<CloseDocument> {
  return (await document(["close", ...args], ledger)) as CloseDocument;
}

export async function spent(ledger: string, ...args: readonly string[]): Promise<SpendDocument> {
  return (await document(["spend", ...args], ledger)) as SpendDocument;
}

/** What `verify --head` says, and its exit code. */
export async function verifiedHead(
  ledger: string,
  head: string,
): Promise<Pick<CliResult, "exitCode"> & Pick<VerifyDocument, "sound" | "head">> {
  const { stdout, stderr, exitCode } = await runCli(["verify", "--head", head, "--format", "json", "--ledger", ledger]);
  if (stdout === "") throw new Error(stderr);
  const { sound, head: verified } = JSON.parse(stdout) as VerifyDocument;
  return { exitCode, sound, head: verified };
}

export async function append(ledger: string, events: readonly LedgerEvent[]): Promise<void> {
  await using writer = await openLedger(ledger, { mode: "write" });
  await writer.append(events);
}

/** A copy of a ledger, to be changed. */
export function copyOf(ledger: string): string {
  const copy = join(emptyFolder(), "copy");
  cpSync(ledger, copy, { recursive: true });
  return copy;
}

/** The paths of a ledger's segments, in order of their names. */
export function segmentsOf(ledger: string): readonly string[] {
  const folder = join(ledger, "segments");
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

export function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}

/** Writes a segment anew with other events, every line numbered, summed and chained as a writer would have done it. */
export function rewrite(path: string, change: (events: string[]) => string[]): void {
  const lines = linesOf(path);
  const [writer = ""] = /[0-9a-z]+(?=-\d{8}\.ndjson$)/.exec(path) ?? [];
  const events = lines.map(
    (line) => /^\{"writer":"[^"]*","seq":\d+,"event":(.*),"at":\d+,"crc":/.exec(line)?.[1] ?? "",
  );
  writeFileSync(path, logLinesOf(writer, change(events), EMPTY_LOG).lines.join(""));
}
