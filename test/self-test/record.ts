import {
  convertUsage,
  formatInstant,
  NO_BLOCKS,
  parseKey,
  type LedgerKey,
  type PromptFingerprint,
  type RequestShape,
  type ResponseRecorded,
} from "@farthing/ledger";
import { fingerprintOf } from "../../packages/adapters/src/prompts/index.ts";
import { aRequestCompleted, NO_CONTEXT, NO_IDS } from "../support/builders.ts";
import { apiUsage, type BilledRequest } from "./bill-traffic.ts";
import { lotOf } from "./chance.ts";
import type { Knobs } from "./knobs.ts";
import { tokensOf, type TrueBlock, type TrueRequest } from "./true-request.ts";

/** How a service is recorded; a recorder sees no more than this of a prompt. */
export type Recorder = Pick<Knobs, "fingerprints" | "sessions" | "keys">;

/** What an attached recorder would have written of billed requests. */
export function record(billed: readonly BilledRequest[], recorder: Recorder, seed: number): ResponseRecorded[] {
  const digests = new Digests();
  return billed.map((each) => recordOne(each, recorder, digests, seed));
}

function recordOne(each: BilledRequest, recorder: Recorder, digests: Digests, seed: number): ResponseRecorded {
  const { request } = each;
  const message = `msg_${request.id}`;
  // Of a stream that was left, the last message of its usage never came.
  const seen = request.completed
    ? request.outputTokens
    : Math.ceil(request.outputTokens * (0.5 + lotOf(seed, message) / 2));
  const response = aRequestCompleted({
    id: `msg:${message}`,
    occurredAt: formatInstant(request.completedAt),
    sources: ["self-test"],
    requestedModel: request.model,
    servedModel: request.model,
    stopReason: request.completed ? request.stopReason : null,
    ids: { ...NO_IDS, message, workspace: request.workspace },
    timing: {
      startedAt: formatInstant(request.startedAt),
      startedAtProvenance: "reported",
      occurredAtProvenance: "reported",
      firstTokenAt: formatInstant(request.firstTokenAt),
    },
    attempt: request.attempt,
  });
  const full = {
    ...response,
    usage: convertUsage(apiUsage(each, seen)).usage,
    request: shapeOf(request),
    context: {
      ...NO_CONTEXT,
      session: recorder.sessions ? request.session : null,
      service: request.service,
      callSite: `src/${request.service}.ts:10`,
    },
    ...(recorder.fingerprints ? { prompt: digests.fingerprint(request, keyOf(request, recorder)) } : {}),
  };
  return request.completed
    ? full
    : { ...full, type: "RequestInterrupted", finality: "interrupted", output: "lower-bound", observedCharacters: null };
}

function shapeOf({
  maxTokens,
  thinking,
  effort,
  stream,
  blocks,
  breakpoints,
  toolChoice,
  outputFormat,
}: TrueRequest): RequestShape {
  return {
    maxTokens,
    thinking,
    thinkingBudgetTokens: null,
    effort,
    stream,
    toolCount: blocks.filter(({ section }) => section === "tools").length,
    cacheBreakpoints: breakpoints.map(({ block, ttl }) => ({ section: blocks[block]?.section ?? "messages", ttl })),
    temperature: null,
    toolChoice,
    ...(outputFormat === null ? {} : { outputFormat: true as const }),
  };
}

const KEYS: readonly LedgerKey[] = ["0a", "1b", "2c", "3d"].map((byte) => parseKey(byte.repeat(32)));

/** A conversation stays with the process that it began in. */
function keyOf({ session, id }: TrueRequest, { keys }: Recorder): LedgerKey {
  const key = KEYS[Math.floor(lotOf(0, `host/${session ?? id}`) * keys)] ?? KEYS[0];
  if (key === undefined) throw new Error("there are no keys");
  return key;
}

type Digested = Parameters<typeof fingerprintOf>[0]["blocks"][number];

/** Digests of blocks, as a recorder makes them of their text. */
class Digests {
  readonly #known = new Map<string, Digested["block"]>();
  readonly #numbers = new Map<string, number>();

  fingerprint(request: TrueRequest, key: LedgerKey): PromptFingerprint {
    const ttls = new Map(request.breakpoints.map(({ block, ttl }) => [block, ttl]));
    const blocks = request.blocks.map((block, index): Digested => {
      const { section, kind, estimatedTokens } = block;
      return { section, kind, tokens: estimatedTokens, block: this.#digestOf(block), ttl: ttls.get(index) ?? null };
    });
    return fingerprintOf({ blocks, textBytes: 0, mediaTokens: 0 }, key, tokensOf(request.blocks));
  }

  #digestOf({ id, kind }: TrueBlock): Digested["block"] {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(id, number);
    const digest = number.toString(16).padStart(NO_BLOCKS.length * 2, "0");
    const made = { type: kind, digest, bytes: 0, mediaTokens: { 1: 0, 2: 0 }, ttl: null, keyed: null };
    this.#known.set(id, made);
    return made;
  }
}
