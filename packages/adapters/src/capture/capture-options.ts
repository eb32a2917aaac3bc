import type { LedgerKey } from "@farthing/ledger";

/** The environment of a process, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a capture is told; all of it may be left out. */
export interface CaptureOptions {
  /** Of every call. Those of `withLabels`, and above them those of `label`, come before these. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly project?: string;
  /** Otherwise common environment variables say, else the name of the nearest `package.json`. */
  readonly service?: string;
  /** Otherwise common environment variables say, else the version of the nearest `package.json`. */
  readonly release?: string;
  /** Otherwise the name of the host, which in a container is the container's. */
  readonly host?: string;
  /** Otherwise common environment variables say, `NODE_ENV` last. */
  readonly environment?: string;
  /** The key prompts are fingerprinted with, as text or read. Otherwise `FARTHING_KEY`, else the sink's own. */
  readonly key?: LedgerKey | string;
  /** Hears why something was not recorded. Without it, one line on standard error says so, at most once a minute. */
  readonly onError?: (error: unknown) => void;
  /** Of a serverless runtime: is handed the promise that all is recorded, after each call. */
  readonly waitUntil?: (recorded: Promise<unknown>) => void;
  /**
   * Asks the API why a prompt was not read from the cache: names the response that a request goes on from in
   * `diagnostics.previous_message_id`, where the request does not. Off unless it is true.
   */
  readonly diagnostics?: boolean;
  /** Whether to look for the place in your code that a new kind of call comes from. On unless it is false. */
  readonly callSites?: boolean;
  readonly env?: Environment;
  readonly now?: () => number;
}
