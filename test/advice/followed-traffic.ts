import type { LedgerEvent } from "@farthing/ledger";
import { billTraffic } from "../self-test/bill-traffic.ts";
import { changedTraffic, type ToldChange } from "../self-test/changes.ts";
import { generate } from "../self-test/generate.ts";
import { SOUND, type Knobs } from "../self-test/knobs.ts";
import { record } from "../self-test/record.ts";
import type { World } from "../self-test/self-test-case.ts";
import type { TrueRequest } from "../self-test/true-request.ts";

/** Traffic of some services over six weeks; what is done about it in the middle is for a test to say. */
export interface FollowedTraffic {
  /** What was recorded before a time. */
  before(at: string): readonly LedgerEvent[];
  /** What was recorded from a time on, with changes made to it. */
  after(at: string, changes: readonly ToldChange[], volume?: Readonly<Record<string, number>>): readonly LedgerEvent[];
}

const SEED = 7;
const CHANCE = { seed: SEED, missRate: 0, batchHitShare: 0.64 };

/** What is true of models: the next one answers at two and a half times the length. */
const TALKATIVE: World = {
  tokenizerRatio: 1.3,
  answerLength: 2.5,
  thinkingLength: 2.5,
  thinkingAtLessEffort: 0.7,
  summaryTokens: 10_000,
};

const SINGLE = { ...SOUND, turns: [1, 1], days: 42, breakpoints: "none", tools: 0, fingerprints: false } as const;

/** A nightly job that streams nothing: at half the price in batches. */
export const DIGEST: Knobs = {
  ...SINGLE,
  service: "digest",
  arrival: "nightly",
  perDay: 90,
  stream: false,
  systemTokens: 400,
  firstMessageTokens: [2_000, 9_000],
};

/** Answers for which the model thinks, of a model that has a cheaper successor. */
export const SUPPORT: Knobs = {
  ...SINGLE,
  service: "support",
  perDay: 40,
  model: "claude-opus-5",
  systemTokens: 500,
  thinkingTokens: [300, 900],
  firstMessageTokens: [1_000, 6_000],
};

/** Writes prompts to a cache that nobody reads. */
export const ARCHIVE: Knobs = {
  ...SINGLE,
  service: "archive",
  perDay: 40,
  breakpoints: "end",
  endTtl: "1h",
  systemTokens: 200,
  firstMessageTokens: [3_000, 14_000],
};

export function followedTraffic(services: readonly Knobs[], world: World = TALKATIVE): FollowedTraffic {
  const all = services.map((knobs) => ({ knobs, requests: generate(knobs, SEED) }));
  const recorded = (knobs: Knobs, requests: readonly TrueRequest[]): readonly LedgerEvent[] =>
    record(billTraffic(requests, CHANCE), knobs, SEED);
  const isBefore = ({ startedAt }: TrueRequest, at: string): boolean => startedAt < Date.parse(at);
  return {
    before: (at) =>
      all.flatMap(({ knobs, requests }) =>
        recorded(
          knobs,
          requests.filter((request) => isBefore(request, at)),
        ),
      ),
    after: (at, changes, volume = {}) =>
      all.flatMap(({ knobs, requests }) => {
        const later = requests.filter((request) => !isBefore(request, at));
        const times = volume[knobs.service] ?? 1;
        const more = Array.from({ length: times }, (_, copy) => later.map((request) => ofCopy(request, copy))).flat();
        return recorded(knobs, changedTraffic(more, changes, world));
      }),
  };
}

/** The same request once more, a second later and of another conversation. */
function ofCopy(request: TrueRequest, copy: number): TrueRequest {
  if (copy === 0) return request;
  const ms = copy * 1_000;
  const { id, session, startedAt, firstTokenAt, completedAt } = request;
  return {
    ...request,
    id: `${id}+${String(copy)}`,
    session: session === null ? null : `${session}+${String(copy)}`,
    startedAt: startedAt + ms,
    firstTokenAt: firstTokenAt + ms,
    completedAt: completedAt + ms,
  };
}
