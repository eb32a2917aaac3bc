import { describeUrl, LedgerUnavailableError, openLedger } from "@farthing/ledger";
import { forwardLedger, forwardStatuses, SMALLEST_BOUND, waitingFor, type Forwarding } from "@farthing/ledger/postgres";
import { InputError, UsageError } from "../command-errors.ts";
import { withNextStep } from "../describe-failure.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ForwardFlags } from "../flags/forward-flags.ts";
import { keyOf } from "../flags/key.ts";
import { databaseUrl, ledgerToWrite } from "../flags/locate-ledger.ts";
import { namedDatabase } from "../flags/named-database.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import { sharedLedger } from "../input/shared-ledgers.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { WatchWords } from "../output/watch-words.ts";

/** `farthing forward --to URL`: sends what a folder recorded to a shared ledger, for programs that do not do so themselves. */
export async function forward(io: CommandIo, flags: ForwardFlags): Promise<ExitCode> {
  const to = targetOf(flags);
  // Before anything is asked of a database, or copied from it.
  const from = ledgerToWrite(flags.ledger, io);
  if (databaseUrl(from, io) !== null) {
    const origin = flags.ledger.length > 0 ? "--ledger" : "FARTHING_LEDGER";
    throw new UsageError(
      `${origin}: ${from} is in a database, which is where events are forwarded to; name a folder, with --ledger`,
    );
  }
  const path = await oneLedgerToRead(flags.ledger, io, "each ledger is forwarded on its own");
  if (flags.forget !== undefined) {
    const { forgetTarget } = await import("./forget-target.ts");
    return forgetTarget(io, path, flags);
  }
  const name = describeUrl(to);
  await using ledger = await openLedger(path, { mode: "write", key: keyOf(io.env) });
  const { loadPg } = sharedLedger(to, io);
  const say = (line: string): void => {
    if (flags.watch === true) warn(io, line);
  };
  const words = new WatchWords({ from: path, to: name, say, now: Date.now });
  if (flags.watch === true) {
    say(`forwarding ${path} to ${name}: ${displayQuantity(await waitingFor(path, name), "event")} to send`);
  }
  await using forwarding = await forwardLedger(ledger, {
    url: to,
    now: io.now,
    onError: (error) => {
      words.failed(error);
    },
    onTried: (tried) => {
      words.tried(tried);
    },
    ...(loadPg === undefined ? {} : { loadPg }),
    withSums: flags.withSums === true,
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.maxBytes === undefined ? {} : { maxBytes: flags.maxBytes }),
  });
  if (flags.watch === true) await untilInterrupted();
  else await flush(forwarding, path, name);
  await forwarding.close();
  const status = (await forwardStatuses(path)).find((each) => each.to === name);
  if (status === undefined) {
    throw new InputError(
      `${path}: how far it is forwarded could not be written down; look at its disk, then try again`,
    );
  }
  const done = { to: name, forwarded: status.forwarded, waiting: status.waiting };
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...done, forgotten: false });
  else writeLines(io.stdout, toLines(path, done));
  return EXIT.done;
}

/** The one database that is named. */
function targetOf({ to, forget, force, host, maxBytes }: ForwardFlags): string {
  const [target, another] = [to, forget].filter((each) => each !== undefined);
  if (target === undefined || another !== undefined) {
    throw new UsageError("forward: name one database, with --to to send to it, or with --forget to do so no more");
  }
  if (force === true && forget === undefined) throw new UsageError("--force: goes with --forget");
  if (host?.trim() === "") throw new UsageError("--host: the name is empty");
  if (maxBytes !== undefined && maxBytes < SMALLEST_BOUND) {
    const why = "the newest two segments of a log stay, of 16 MiB each";
    throw new UsageError(`--max-bytes: ${why}; name ${displayCount(SMALLEST_BOUND)} or more`);
  }
  return namedDatabase(forget === undefined ? "--to" : "--forget", target);
}

/** Sends what there is, once. */
async function flush(forwarding: Forwarding, path: string, name: string): Promise<void> {
  try {
    await forwarding.flush();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError) || error.path !== name) throw error;
    const rest = `what is not there yet waits in ${path}, and the same command sends it when that is put right`;
    throw new InputError(`${withNextStep(error)}; ${rest}`, { cause: error });
  }
}

function toLines(
  path: string,
  { to, forwarded, waiting }: { to: string; forwarded: number; waiting: number },
): string[] {
  return [
    `forwarded ${path} to ${to}`,
    `  there     ${displayQuantity(forwarded, "event")}`,
    `  waiting   ${displayCount(waiting)}`,
  ];
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    // What forwards holds no process back from its end.
    const alive = setInterval(() => undefined, 1_000_000_000);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  });
}
