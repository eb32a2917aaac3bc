import { apiId, hash64, uuid } from "./names.ts";
import { Random } from "./random.ts";
import type { Fate, Tokens, Turn } from "./turn.ts";
import { DAY, PERIOD, PREFIX_DAYS, TENANTS, WORKLOADS, type Habit, type Workload } from "./workloads.ts";

const TTL_MS = { "5m": 300_000, "1h": 3_600_000 } as const;
const HOSTS = 16;
const BATCH_ITEMS = 400;

/** Requests of a conversation: at least, on average beyond that, at most. */
const LENGTHS: Readonly<Record<Habit, readonly [min: number, mean: number, max: number]>> = {
  chat: [1, 4, 16],
  agent: [3, 9, 36],
  single: [1, 0, 1],
  "long-document": [1, 0.6, 3],
  batch: [1, 0, 1],
};

/** What is known of a conversation before any of its requests is made. */
export interface ConversationPlan {
  readonly workload: Workload;
  readonly requests: number;
}

const WEIGHT_SUM = WORKLOADS.reduce((sum, { weight }) => sum + weight, 0);

/** Conversation `number` of a writer: who has it and how long it becomes. */
export function planConversation(seed: number, writer: number, number: number): ConversationPlan {
  const random = new Random(seed, writer * 2, number);
  const workload = pickWorkload(random.next() * WEIGHT_SUM);
  const [min, mean, max] = LENGTHS[workload.habit];
  return { workload, requests: Math.min(max, min + (mean === 0 ? 0 : random.wait(mean))) };
}

/**
 * The requests of one conversation, in order, each made from what the one before left.
 *
 * Everything follows from seed, writer and number, so that another writer can see the same conversation again.
 */
export class Conversation {
  readonly #random: Random;
  readonly #workload: Workload;
  readonly #model: string;
  readonly #session: string | null;
  readonly #tenant: string;
  readonly #host: string;
  readonly #release: string;
  readonly #batch: string | null;
  /** Blocks that stay as they are, and their tokens. */
  #settled: string;
  #settledTokens: number;
  readonly #prefixTokens: number;
  #nextAt: number;
  #previous: { readonly message: string; readonly at: number; readonly promptTokens: number } | null = null;
  #attempt = 0;

  constructor(seed: number, writer: number, number: number, startsAt: number, { workload }: ConversationPlan) {
    const random = new Random(seed, writer * 2 + 1, number);
    const day = Math.floor((startsAt - PERIOD.start) / DAY);
    this.#random = random;
    this.#workload = workload;
    this.#model = (workload.models.findLast(([from]) => day >= from) ?? workload.models[0])?.[1] ?? "";
    this.#session = workload.habit === "chat" || workload.habit === "agent" ? uuid(random) : null;
    this.#tenant = random.pick(TENANTS);
    this.#host = `host-${String(writer * 4 + random.between(0, HOSTS / 4 - 1)).padStart(2, "0")}`;
    this.#release = `2026.${String(34 + Math.floor(day / 7))}.${String(Math.floor((day % 7) / 3))}`;
    this.#batch =
      workload.habit === "batch" ? `msgbatch_${String(writer)}_${String(Math.floor(number / BATCH_ITEMS))}` : null;
    this.#settled = sharedPrefix(seed, workload, Math.floor(day / PREFIX_DAYS));
    this.#prefixTokens = workload.toolTokens + workload.systemTokens;
    this.#settledTokens = this.#prefixTokens;
    this.#nextAt = startsAt;
  }

  /** When the next request is sent. */
  get nextAt(): number {
    return this.#nextAt;
  }

  next(): Turn {
    const random = this.#random;
    const workload = this.#workload;
    const startedAt = this.#nextAt;
    const fate = fateOf(random.next(), workload.habit);
    const asksAgain = workload.habit === "long-document" && this.#previous !== null;
    const newTokens = sized(random, asksAgain ? 120 : workload.userTokens);
    const output = fate === "refused" ? 0 : 12 + sized(random, workload.outputTokens);
    const last = block(userKind(workload, this.#previous !== null), hash64(random), newTokens, workload.ttl);
    const tokens = this.#bill(startedAt, newTokens, fate === "interrupted" ? Math.ceil(output / 3) : output);
    const occurredAt = startedAt + 400 + output * 11 + random.wait(300);
    const wide = workload.service === "code-agent" || workload.service === "sales-assistant";
    const turn: Turn = {
      workload,
      fate,
      model: this.#model,
      startedAt,
      occurredAt,
      tokens,
      thinkingTokens: wide ? Math.floor(tokens.output / 4) : null,
      tier: workload.habit === "batch" ? "batch" : "standard",
      speed:
        workload.service === "code-agent" && this.#model.includes("opus") && random.chance(0.05) ? "fast" : "standard",
      geography: workload.service === "sales-assistant" && this.#tenant < "tenant-020" ? "us" : "global",
      message: apiId("msg_01", random),
      request: apiId("req_011", random),
      previousMessage: this.#previous?.message ?? null,
      batch: this.#batch,
      customId: this.#batch === null ? null : `item-${hash64(random).slice(0, 8)}`,
      session: this.#session,
      tenant: this.#tenant,
      host: this.#host,
      release: this.#release,
      blocks: `${this.#settled},${last}`,
      attempt: this.#attempt,
    };
    this.#goOn(turn, newTokens);
    return turn;
  }

  #bill(at: number, newTokens: number, output: number): Tokens {
    const none = { uncachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output };
    const prompt = this.#settledTokens + newTokens;
    const { ttl } = this.#workload;
    if (ttl === null) return { ...none, uncachedInput: prompt };
    const alive = this.#previous !== null && at - this.#previous.at < TTL_MS[ttl];
    const sharedAlive = this.#random.chance(0.9);
    const cacheRead = alive ? (this.#previous?.promptTokens ?? 0) : sharedAlive ? this.#prefixTokens : 0;
    return { ...none, cacheRead, [ttl === "5m" ? "cacheWrite5m" : "cacheWrite1h"]: prompt - cacheRead };
  }

  /** What the next request continues: after a failure the same one is made again. */
  #goOn(turn: Turn, newTokens: number): void {
    const random = this.#random;
    if (turn.fate.startsWith("failed")) {
      this.#attempt += 1;
      this.#nextAt = turn.occurredAt + 500 + random.wait(1_500);
      return;
    }
    const kind = this.#workload.habit === "agent" ? "assistant.tool_use" : "assistant.text";
    const asked = block(userKind(this.#workload, this.#previous !== null), hash64(random), newTokens, null);
    this.#previous = { message: turn.message, at: turn.startedAt, promptTokens: this.#settledTokens + newTokens };
    this.#settled += `,${asked},${block(kind, hash64(random), turn.tokens.output, null)}`;
    this.#settledTokens += newTokens + turn.tokens.output;
    this.#attempt = 0;
    const mean = this.#workload.habit === "agent" ? 9_000 : 70_000;
    const pause = random.chance(0.08) ? random.between(4, 90) * 60_000 : 0;
    this.#nextAt = turn.occurredAt + 300 + random.wait(mean) + pause;
  }
}

function fateOf(draw: number, habit: Habit): Fate {
  if (draw < 0.008) return "failed-free";
  if (draw < 0.009) return "failed-unknown";
  if (draw < 0.0095) return "refused";
  return draw < 0.0155 && habit !== "batch" ? "interrupted" : "completed";
}

/** Around `mean`, from half of it to twice. */
function sized(random: Random, mean: number): number {
  return Math.max(1, Math.round(mean * (0.5 + random.next() ** 2 * 1.5)));
}

function userKind({ habit }: Workload, continues: boolean): string {
  if (habit === "agent" && continues) return "user.tool_result";
  return habit === "long-document" && !continues ? "user.document" : "user.text";
}

function block(kind: string, hash: string, tokens: number, ttl: Workload["ttl"]): string {
  const end = ttl === null ? "" : `,"ttl":"${ttl}"`;
  return `{"hash":"${hash}","kind":"${kind}","section":"messages","tokens":${String(tokens)}${end}}`;
}

/** Tools and system prompt: the same for every conversation of a workload for some days. */
function sharedPrefix(seed: number, workload: Workload, edition: number): string {
  const key = `${workload.name}@${String(edition)}`;
  const held = prefixes.get(`${String(seed)} ${key}`);
  if (held !== undefined) return held;
  const random = new Random(
    seed,
    1_000_003,
    [...key].reduce((sum, char) => sum * 31 + (char.codePointAt(0) ?? 0), 7) | 0,
  );
  const ttl = workload.ttl === null ? "" : `,"ttl":"${workload.ttl}"`;
  const tools = `{"hash":"${hash64(random)}","kind":"tool","section":"tools","tokens":${String(workload.toolTokens)}},`;
  const system = `{"hash":"${hash64(random)}","kind":"text","section":"system","tokens":${String(workload.systemTokens)}${ttl}}`;
  const prefix = (workload.toolTokens === 0 ? "" : tools) + system;
  prefixes.set(`${String(seed)} ${key}`, prefix);
  return prefix;
}

const prefixes = new Map<string, string>();

function pickWorkload(at: number): Workload {
  let left = at;
  for (const workload of WORKLOADS) {
    left -= workload.weight;
    if (left < 0) return workload;
  }
  throw new RangeError("the weights sum to less than was drawn");
}
