import { setTimeout as wait } from "node:timers/promises";
import { attach, detach, failureOfCall } from "@farthing/adapters/anthropic";
import { countTokens } from "@farthing/adapters/estimates";
import { convertUsage, InvalidUsageError, type ConvertedUsage, type Ledger } from "@farthing/ledger";
import type { Sent, TrialPorts } from "../../trial/run-trial.ts";
import { isFields, type RequestParams } from "../../trial/sample.ts";
import { TRIAL_LABEL } from "../../trace/is-trial-call.ts";
import { UsageError } from "../command-errors.ts";
import { describeFailure } from "../describe-failure.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { loadClientClass, type ClientClass } from "./load-client-class.ts";

/** The service that calls of trials are recorded for. */
const SERVICE = "farthing-trial";

/**
 * So long a call may wait for its answer to begin. How long it then takes is not limited: answers are streamed, since a
 * connection that is silent for minutes may be cut off, and with it an answer that is billed.
 */
const TIMEOUT_MS = 10 * 60 * 1000;

/** The API was too busy, or failed by itself: asked again, it may answer. All of these are free. */
const WORTH_ANOTHER_TRY: ReadonlySet<number> = new Set([429, 500, 503, 529]);
const TRIES = 3;
const WAIT_MS = 1000;
const WAIT_MS_MAX = 60_000;

/** What of a client of the SDK is used. */
interface Client {
  readonly messages: {
    stream(
      params: RequestParams,
      options: { readonly maxRetries: number; readonly timeout: number },
    ): { finalMessage(): Promise<unknown> };
    countTokens(params: never): PromiseLike<{ readonly input_tokens: number }>;
  };
}

export interface TrialClient extends TrialPorts {
  /** Nothing is recorded of it any more. */
  close(): void;
}

/** The key a trial sends with. It is handed to the SDK alone. */
export function trialKey({ env }: CommandIo): string {
  const key = env["ANTHROPIC_API_KEY"] ?? "";
  if (key !== "") return key;
  throw new UsageError("a trial sends requests with your key: set ANTHROPIC_API_KEY; --dry-run needs none");
}

/** The class of the clients that a trial sends with. Throws UsageError where the SDK is not installed. */
export function loadTrialClientClass(io: CommandIo): Promise<ClientClass<Client>> {
  return loadClientClass(io, "a trial sends requests");
}

/**
 * A client whose every attempt is recorded in a ledger, with a label that names the trial.
 *
 * The SDK itself tries nothing again: each attempt may be billed, so each is one that the budget knows of.
 */
export function openTrialClient(
  ClientOfSdk: ClientClass<Client>,
  trial: string,
  ledger: Ledger,
  io: CommandIo,
): TrialClient {
  const baseURL = io.env["ANTHROPIC_BASE_URL"] ?? null;
  const bare = new ClientOfSdk({ apiKey: trialKey(io), baseURL, authToken: null });
  const client = attach(bare, ledger, {
    labels: { [TRIAL_LABEL]: trial },
    service: SERVICE,
    callSites: false,
    env: io.env,
    now: io.now,
    onError: (error) => {
      warn(io, `a call could not be recorded: ${describeFailure(error).message}`);
    },
  });
  return {
    send: (params, hasEnded) => send({ client, now: io.now, hasEnded }, params),
    count: (params) => countTokens(params, client),
    close: () => void detach(client, ledger),
  };
}

interface Sending {
  readonly client: Client;
  readonly now: CommandIo["now"];
  /** Whether nothing is to be sent any more. */
  readonly hasEnded: () => boolean;
}

async function send({ client, now, hasEnded }: Sending, params: RequestParams): Promise<Sent> {
  for (let tried = 1; ; tried += 1) {
    const startedAt = now();
    try {
      const message = await client.messages.stream(params, { maxRetries: 0, timeout: TIMEOUT_MS }).finalMessage();
      return answered(isFields(message) ? message : {}, String(params["model"]), now() - startedAt);
    } catch (error) {
      const { errorType, cost } = failureOfCall(error);
      const status = isFields(error) ? error["status"] : null;
      const isWorthIt = typeof status === "number" && WORTH_ANOTHER_TRY.has(status) && tried < TRIES;
      if (!isWorthIt || hasEnded()) return { kind: "failure", errorType, cost };
      await wait(waitMs(error, tried));
      if (hasEnded()) return { kind: "failure", errorType, cost };
    }
  }
}

function answered(message: Readonly<Record<string, unknown>>, asked: string, latencyMs: number): Sent {
  const { content, model, stop_reason: stopReason, usage } = message;
  const stopped = typeof stopReason === "string" ? stopReason : null;
  const converted = convertedUsage(usage, {
    stopReason: stopped,
    outputBlocks: Array.isArray(content) ? content.length : null,
  });
  return {
    kind: "answer",
    content,
    servedModel: typeof model === "string" ? model : asked,
    stopReason: stopped,
    usage: converted?.usage ?? null,
    billedTo: converted?.billedTo ?? "self",
    latencyMs,
  };
}

function convertedUsage(usage: unknown, options: Parameters<typeof convertUsage>[1]): ConvertedUsage | null {
  try {
    return convertUsage(usage, options);
  } catch (error) {
    if (error instanceof InvalidUsageError) return null;
    throw error;
  }
}

/** As long as the API asks for, else twice as long each time. */
function waitMs(error: unknown, tried: number): number {
  const headers = isFields(error) ? error["headers"] : null;
  const asked = headers instanceof Headers ? headers.get("retry-after") : null;
  const seconds = asked === null || asked === "" ? NaN : Number(asked);
  return Math.min(WAIT_MS_MAX, Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : WAIT_MS * 2 ** (tried - 1));
}
