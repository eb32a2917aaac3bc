import { billTraffic, type BilledRequest } from "./bill-traffic.ts";
import type { ApiChance } from "./billing-oracle.ts";
import { lotOf, triangular } from "./chance.ts";
import type { Family } from "./families.ts";
import { generate } from "./generate.ts";
import type { Knobs } from "./knobs.ts";
import type { TrueRequest } from "./true-request.ts";

/** What nobody knows before a change is made. */
export interface World {
  /** Tokens that the newer tokenizer makes of what was one token. */
  readonly tokenizerRatio: number;
  /** Length of another model's answers beside the recorded ones. */
  readonly answerLength: number;
  /** The same for one that thinks where the recorded one did not. */
  readonly thinkingLength: number;
  /** Thinking at the next lower effort beside the recorded one. */
  readonly thinkingAtLessEffort: number;
  /** Tokens of a summary that takes the place of a conversation. */
  readonly summaryTokens: number;
}

/** Some services over some days, with everything that is true of them. */
export interface SelfTestCase {
  readonly family: Family;
  readonly seed: number;
  readonly services: readonly Knobs[];
  readonly requests: readonly TrueRequest[];
  readonly billed: readonly BilledRequest[];
  readonly chance: ApiChance;
  readonly world: World;
}

export function makeCase(family: Family, seed: number): SelfTestCase {
  const services = family.services(seed);
  const requests = services.flatMap((knobs) => generate(knobs, seed));
  const chance: ApiChance = {
    seed,
    missRate: Math.max(0, ...services.map(({ missRate }) => missRate)),
    batchHitShare: 0.3 + 0.68 * lotOf(seed, "batch hits"),
  };
  return { family, seed, services, requests, billed: billTraffic(requests, chance), chance, world: worldOf(seed) };
}

/**
 * The ranges are those of the sources: text is 1.0 to 1.35 times the tokens, about 1.3 in most of it; answers are taken
 * to be as long as before, give or take a quarter; thinking one effort lower from a third of the cost to nearly all of it;
 * summaries of 5,000 to 20,000 tokens.
 *
 * Source of the first: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-09-26.
 */
function worldOf(seed: number): World {
  return {
    tokenizerRatio: tokenizerRatio(lotOf(seed, "tokenizer")),
    answerLength: triangular(lotOf(seed, "answer length"), 0.8, 0.95, 1.25),
    thinkingLength: triangular(lotOf(seed, "thinking length"), 0.8, 0.8, 2.9),
    thinkingAtLessEffort: triangular(lotOf(seed, "effort"), 0.35, 0.7, 0.95),
    summaryTokens: triangular(lotOf(seed, "summary"), 5_000, 10_000, 20_000),
  };
}

function tokenizerRatio(draw: number): number {
  const most = 0.7;
  return draw < most ? 1.25 + (0.1 * draw) / most : 1 + (0.25 * (draw - most)) / (1 - most);
}
