/** The caller's side of a call: who made it, from where. Null where unknown. */
export interface CallContext {
  /** A Claude Code session id. */
  readonly session: string | null;
  readonly project: string | null;
  /** A sub-agent of a session; null for the main thread. */
  readonly agent: string | null;
  readonly gitBranch: string | null;
  readonly clientVersion: string | null;
  readonly service: string | null;
  readonly release: string | null;
  readonly host: string | null;
  readonly environment: string | null;
  /** `file:line` of the caller. */
  readonly callSite: string | null;
}

/** Of a call of which nothing is known. */
export const NO_CONTEXT: CallContext = {
  agent: null,
  callSite: null,
  clientVersion: null,
  environment: null,
  gitBranch: null,
  host: null,
  project: null,
  release: null,
  service: null,
  session: null,
};

/** The identifiers a call is known by. */
export interface CallIds {
  readonly message: string | null;
  readonly request: string | null;
  readonly workspace: string | null;
  readonly batch: string | null;
  readonly custom: string | null;
  /**
   * Message id of the response this request continues: its prompt begins with everything that one had cached.
   * Null for the first of a conversation, and where unknown. Claude Code transcripts tell it: follow `parentUuid`
   * (else `logicalParentUuid`, across a compaction) to the nearest line that belongs to another response.
   */
  readonly previousMessage: string | null;
}

/**
 * What the headers of an answer said of limits and of when to try again, by name without what all names begin with, such
 * as `requests-remaining` and `retry-after`. Absent where they said nothing.
 */
export type RateLimits = Readonly<Record<string, string>>;
