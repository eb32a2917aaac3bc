import { afterAll, beforeAll, describe, it } from "vitest";
import { isFullRun } from "./full-run.ts";
import { findPostgres, POSTGRES_NEEDED } from "./postgres-program.ts";
import { sharedPglite } from "./pglite-server.ts";
import { startPostgres, type PostgresOptions, type PostgresServer } from "./postgres-server.ts";

export interface PostgresSuiteOptions extends PostgresOptions {
  /**
   * The suite has a server to itself, which it may stop and kill; without it, all suites of a process share one that is
   * never stopped, and each uses databases of its own. A server of other settings is always the suite's own.
   */
  readonly isAlone?: boolean;
  /** Runs in an ordinary run too, where a server is installed. */
  readonly isOrdinary?: boolean;
}

/**
 * A suite against a real PostgreSQL. In a full run it fails where none is installed; in an ordinary one it is skipped, and its
 * title says what it needs. `server` may be called in tests and hooks.
 */
export function describeWithPostgres(
  name: string,
  options: PostgresSuiteOptions,
  suite: (server: () => PostgresServer) => void,
): void {
  const { isAlone, isOrdinary, ...settings } = options;
  const isInstalled = (isFullRun || isOrdinary === true) && findPostgres() !== null;
  if (!isInstalled) {
    if (isFullRun)
      describe(name, () => it(`runs: ${POSTGRES_NEEDED}`, () => Promise.reject(new Error(POSTGRES_NEEDED))));
    else
      describe.skip(`${name} (skipped: ${isOrdinary === true ? POSTGRES_NEEDED : IN_FULL_RUN})`, () => suite(noServer));
    return;
  }
  describe(name, () => {
    let server: PostgresServer | undefined;
    const isShared = isAlone !== true && settings.settings === undefined;
    beforeAll(async () => {
      server = isShared ? await sharedPostgres() : await startPostgres(settings);
    });
    afterAll(async () => {
      if (!isShared) await server?.[Symbol.asyncDispose]();
    });
    suite(() => server ?? noServer());
  });
}

const IN_FULL_RUN = `${POSTGRES_NEEDED}; set FARTHING_FULL=1`;

function noServer(): never {
  throw new Error("the server is there in tests and hooks only");
}

/** What any suite may ask of a server: not that it dies, nor that two transactions are open at a time. */
export type AnyPostgres = Pick<PostgresServer, "url" | "newDatabase" | "newLogin" | "urlOf">;

/**
 * A suite for which any PostgreSQL will do, in every run: a real one where it is installed, which takes less time, and else
 * PGlite, with its limits. `newDatabase` may take away the database before.
 */
export function describeWithAnyPostgres(name: string, suite: (server: () => AnyPostgres) => void): void {
  describe(name, () => {
    let server: AnyPostgres | undefined;
    beforeAll(async () => {
      server = await anyPostgres();
    });
    suite(() => server ?? noServer());
  });
}

/** The server of such a suite, for what is no suite. */
export function anyPostgres(): Promise<AnyPostgres> {
  return findPostgres() === null ? sharedPglite() : sharedPostgres();
}

let shared: Promise<PostgresServer> | undefined;

/** The one server of this process, fast and never stopped; it ends with the process. */
function sharedPostgres(): Promise<PostgresServer> {
  shared ??= startPostgres({ isFast: true });
  return shared;
}
