import { ownOutboxes, userFolders, type OwnOutbox } from "@farthing/ledger/postgres";
import { InputError } from "../command-errors.ts";
import { withNextStep } from "../describe-failure.ts";
import type { CommandIo } from "../io.ts";
import { displayQuantity } from "../output/format-values.ts";

/** What of a ledger in a database waits in outboxes of this user; `ledger` is its id, null where it does not answer. */
export function readOwnOutboxes(url: string, ledger: string | null, io: CommandIo): Promise<readonly OwnOutbox[]> {
  return ownOutboxes({ url, ledger, state: userFolders(io.env, io.home).state });
}

/** An error of a database that does not answer, or refuses, with what waits here for it. */
export async function withWaiting(error: Error, url: string, io: CommandIo): Promise<Error> {
  const waiting = (await readOwnOutboxes(url, null, io)).filter((outbox) => outbox.waiting !== 0);
  if (waiting.length === 0) return error;
  const words = waiting.map(({ path, waiting: events, error: why }) =>
    events === null
      ? `nobody can tell what is in ${path} (${why ?? "it cannot be read"})`
      : `${displayQuantity(events, "event")} in ${path}`,
  );
  return new InputError(`${withNextStep(error)}; what waits for it here: ${words.join(", ")}`, { cause: error });
}
