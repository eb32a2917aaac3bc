import type { Ledger } from "../ledger-api.ts";
import { connect, type ConnectOptions } from "../store/postgres/database.ts";
import { parsePostgresUrl } from "../store/postgres/postgres-url.ts";
import { Forwarder } from "./forwarder.ts";
import type { Forwarding, ForwardOptions } from "./forwarding.ts";

/** Where to, and how. */
export interface ForwardTarget extends ForwardOptions, Pick<ConnectOptions, "loadPg"> {
  /** Of the shared ledger's database; its user needs no more than the rights of `farthing_writer`. */
  readonly url: string;
}

/**
 * Forwards all events of a ledger's folder to a shared ledger, in the background, from now until either is closed.
 *
 * Whoever records waits for the folder alone: the database may be away at the start, or at any time, for as long as it
 * takes. Every event arrives, and counts once, however often a connection breaks and whoever is killed meanwhile. Of all
 * processes that forward one folder to one database, one does so at a time; a folder may go to several, which do not wait
 * for each other.
 *
 * @throws InvalidSettingError for a URL that is none.
 * @throws LedgerUnavailableError where the package `pg` is not installed.
 */
export async function forwardLedger(ledger: Ledger, { url, loadPg, ...options }: ForwardTarget): Promise<Forwarding> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing("farthing_writer");
  const forwarder = new Forwarder(ledger, database, options, { onClosed: () => database.end() });
  forwarder.start();
  return forwarder;
}
