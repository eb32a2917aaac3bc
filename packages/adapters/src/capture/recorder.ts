import { NO_CONTEXT, parseKey, type CallContext, type LedgerEvent, type LedgerKey } from "@farthing/ledger";
import { CallSites } from "./call-site.ts";
import type { CaptureOptions } from "./capture-options.ts";
import { Conversations } from "./conversations.ts";
import type { EventSink } from "./event-sink.ts";
import { NO_LABELS, readLabels, type Labels } from "./labels.ts";
import { originOf } from "./origin.ts";
import { reportErrors, type ErrorReport } from "./report-errors.ts";

/**
 * What all calls of one attachment share: where they are recorded, and what is known of whoever makes them.
 *
 * Nothing here throws.
 */
export class Recorder {
  readonly sink: EventSink;
  readonly report: ErrorReport;
  readonly now: () => number;
  readonly labels: Labels;
  readonly context: CallContext;
  /** Null where call sites are not looked for. */
  readonly callSites: CallSites | null;
  /** Null unless the API is asked why caches were missed. */
  readonly conversations: Conversations | null;
  readonly #waitUntil: ((recorded: Promise<unknown>) => void) | null;
  #key: LedgerKey | null = null;
  #limitsKeptMs = -Infinity;

  constructor(sink: EventSink, options: CaptureOptions) {
    this.sink = sink;
    this.now = options.now ?? Date.now;
    this.report = reportErrors(options.onError ?? null, this.now);
    this.labels = this.guard(() => readLabels(options.labels), NO_LABELS);
    this.context = this.guard(() => contextOf(options), NO_CONTEXT);
    this.callSites = options.callSites === false ? null : this.guard(() => new CallSites(process.cwd()), null);
    this.conversations = options.diagnostics === true ? new Conversations() : null;
    this.#waitUntil = options.waitUntil ?? null;
    this.guard(() => {
      this.#askForKey(options);
    }, undefined);
  }

  /** The key of prompts; null where there is none, or not yet. */
  get key(): LedgerKey | null {
    return this.#key;
  }

  /** Does something of Farthing's own; what it throws is reported, and never the caller's. */
  guard<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      this.report(error);
      return otherwise;
    }
  }

  /** Whether a second has passed since this was last true. */
  isTimeForLimits(): boolean {
    const nowMs = this.now();
    if (nowMs - this.#limitsKeptMs < LIMITS_EVERY_MS) return false;
    this.#limitsKeptMs = nowMs;
    return true;
  }

  record(event: LedgerEvent): void {
    this.guard(() => {
      this.sink.record(event);
    }, undefined);
  }

  /** A call is over: where the runtime may freeze afterwards, it is asked to wait until all is recorded. */
  callEnded(): void {
    const waitUntil = this.#waitUntil;
    if (waitUntil === null) return;
    this.guard(() => {
      waitUntil(this.sink.flush().catch(this.report));
    }, undefined);
  }

  /** Something of a call goes on when it is over: where the runtime may freeze, it is asked to wait for that too. */
  waitFor(work: Promise<void>): void {
    const waitUntil = this.#waitUntil;
    if (waitUntil === null) return;
    this.guard(() => {
      waitUntil(work.then(() => this.sink.flush()).catch(this.report));
    }, undefined);
  }

  #askForKey({ key, env = process.env }: CaptureOptions): void {
    const given = key ?? env["FARTHING_KEY"];
    if (typeof given === "object") this.#key = given;
    else if (given !== undefined && given !== "") this.#key = parseKey(given);
    else {
      this.sink.fingerprintKey().then((own) => {
        this.#key = own;
      }, this.report);
    }
  }
}

const LIMITS_EVERY_MS = 1000;

function contextOf({ env = process.env, ...options }: CaptureOptions): CallContext {
  const origin = originOf({ env, program: process.argv[1] ?? null, workingFolder: process.cwd() });
  return {
    ...NO_CONTEXT,
    environment: options.environment ?? origin.environment,
    host: options.host ?? origin.host,
    project: options.project ?? null,
    release: options.release ?? origin.release,
    service: options.service ?? origin.service,
  };
}
