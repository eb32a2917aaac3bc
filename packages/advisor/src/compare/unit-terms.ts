import type { TokenBucket } from "@farthing/ledger";
import { fraction, ONE } from "./fraction.ts";
import {
  byBucket,
  promptTokensOf,
  sumOfBuckets,
  summed,
  united,
  type UnitUsage,
  type TokenUsage,
  type Usage,
} from "./usage.ts";

export type Fractions = Readonly<Record<TokenBucket, bigint>>;

/** What requests of one unit add to the cost of an average request, in terms that can change by themselves. */
export interface UnitTerms {
  /** The model's share of the requests. */
  readonly modelShare: bigint;
  /** The tier's share of the model's requests; one where tiers are not told apart. */
  readonly tierShare: bigint;
  /** Tokens of the prompt. */
  readonly prompt: bigint;
  /** What the prompts' lengths make of the price for short ones, as a factor. */
  readonly lengthFactors: Fractions;
  /** Tokens of the output. */
  readonly output: bigint;
  /** The share of the prompt in each bucket; nothing for the output. */
  readonly split: Fractions;
  /** Picodollars per token for short prompts at the standard tier. */
  readonly rates: Fractions;
  /** What tiers make of the standard price, as a factor. */
  readonly tierFactors: Fractions;
  /** Tokens of further passes. */
  readonly further: Fractions;
  /** Picodollars per token of these at the standard tier. */
  readonly furtherRates: Fractions;
  /** What tiers make of prices on average over requests, whatever their sizes, as a factor. */
  readonly meanTierFactor: bigint;
  /** How far that of further passes is from it, as a factor. */
  readonly furtherFactor: bigint;
  /** Picodollars of searches. */
  readonly searches: bigint;
}

/** The terms of one unit before and after. */
export interface TermsPair {
  readonly before: UnitTerms;
  readonly after: UnitTerms;
}

/**
 * What takes over from others has a share in one period that is more than this many times that in the other: the few
 * requests it had there, if any, say nothing of what all would have been like.
 */
const TAKEN_OVER_FACTOR = 10n;

/**
 * The terms of everything that was used in either period.
 *
 * Requests are averaged by model and tier while tiers are used as before: what is batched is often another kind of request
 * than what is not. Where requests moved between tiers, that would show as other sizes of both, so they are averaged by
 * model.
 */
export function termsOfUnits(before: readonly UnitUsage[], after: readonly UnitUsage[]): readonly TermsPair[] {
  const isSteady = hasSteadyTiers(before, after);
  const periodOf = (units: readonly UnitUsage[]): PeriodUsage =>
    new PeriodUsage(isSteady ? units : united(units.map((unit) => ({ ...unit, tier: "" }))));
  const [was, is] = [periodOf(before), periodOf(after)];
  const units = united([...was.units, ...is.units]);
  return [...units]
    .sort((a, b) => (a.model + a.tier < b.model + b.tier ? -1 : 1))
    .map((unit) => ({ before: termsOf(unit, was, is), after: termsOf(unit, is, was) }));
}

/** Units that are alike in what is given. */
interface Like {
  readonly model?: string;
  readonly tier?: string;
}

/** The usage of one period, by whatever units have in common. */
class PeriodUsage {
  readonly units: readonly UnitUsage[];
  readonly #known = new Map<string, Usage>();

  constructor(units: readonly UnitUsage[]) {
    this.units = units;
  }

  of({ model, tier }: Like): Usage {
    const key = JSON.stringify([model ?? null, tier ?? null]);
    const held = this.#known.get(key);
    if (held !== undefined) return held;
    const alike = this.units.filter(
      (unit) => (model ?? unit.model) === unit.model && (tier ?? unit.tier) === unit.tier,
    );
    const usage = summed(alike);
    this.#known.set(key, usage);
    return usage;
  }
}

/** Of all requests, and of those with each model, tiers have the same share in both periods within one in ten. */
function hasSteadyTiers(before: readonly UnitUsage[], after: readonly UnitUsage[]): boolean {
  const [was, is] = [new PeriodUsage(before), new PeriodUsage(after)];
  const models = [undefined, ...new Set(before.map(({ model }) => model))];
  const tiers = [...new Set([...before, ...after].map(({ tier }) => tier))];
  const shareIn = (period: PeriodUsage, model: string | undefined, tier: string): bigint => {
    const like = model === undefined ? {} : { model };
    return fraction(period.of({ ...like, tier }).requests, period.of(like).requests);
  };
  return models
    .filter((model) => model === undefined || is.of({ model }).requests > 0n)
    .every((model) =>
      tiers.every((tier) => {
        const move = shareIn(was, model, tier) - shareIn(is, model, tier);
        return (move < 0n ? -move : move) * STEADY_DIVISOR <= ONE;
      }),
    );
}

const STEADY_DIVISOR = 10n;

/**
 * What is not known of a unit in a period is taken from what is nearest: sizes, cache and tier from the workload's other
 * requests in that period, since they describe the work; prices from the other period, since they describe the model.
 */
function termsOf({ model, tier }: UnitUsage, period: PeriodUsage, other: PeriodUsage): UnitTerms {
  const isTold = (like: Like): boolean => {
    const [here, there] = [period.of(like).requests, other.of(like).requests];
    return here > 0n && here * other.of({}).requests * TAKEN_OVER_FACTOR >= there * period.of({}).requests;
  };
  const isUnitTold = isTold({ model, tier });
  const [own, otherOwn] = [period.of({ model, tier }), other.of({ model, tier })];
  const like = isUnitTold ? own : period.of(isTold({ tier }) ? { tier } : {});
  const priced = own.requests > 0n ? own : otherOwn;
  const meanTierFactor = fraction(like.paidRate, like.standardRate, ONE);
  const perRequest = (amount: bigint): bigint => fraction(amount, like.requests);
  const ofModel = period.of({ model }).requests > 0n ? period : other;
  return {
    modelShare: fraction(period.of({ model }).requests, period.of({}).requests),
    tierShare: fraction(ofModel.of({ model, tier }).requests, ofModel.of({ model }).requests),
    prompt: perRequest(promptTokensOf(like.own)),
    lengthFactors: factorsOf((isUnitTold ? own : otherOwn).own, "standardUsd", "shortUsd"),
    output: perRequest(like.own.tokens.output),
    split: splitOf(like.own),
    rates: ratesOf(priced),
    tierFactors: factorsOf(like.own, "usd", "standardUsd"),
    further: byBucket((bucket) => perRequest(like.further.tokens[bucket])),
    furtherRates: furtherRatesOf([
      own,
      otherOwn,
      period.of({ model }),
      other.of({ model }),
      period.of({}),
      other.of({}),
    ]),
    meanTierFactor,
    furtherFactor: isUsed(like.further)
      ? fraction(factorOf(like.further, "usd", "standardUsd"), meanTierFactor, ONE)
      : ONE,
    searches: perRequest(like.searchesUsd),
  };
}

function splitOf(usage: TokenUsage): Fractions {
  const prompt = promptTokensOf(usage);
  return byBucket((bucket) => (bucket === "output" ? 0n : fraction(usage.tokens[bucket], prompt)));
}

/** Where a bucket was not used, its price is the mean of those that requests would have paid. */
function ratesOf({ own, rates, requests }: Usage): Fractions {
  return byBucket((bucket) =>
    own.tokens[bucket] > 0n ? fraction(own.shortUsd[bucket], own.tokens[bucket]) : fraction(rates[bucket], requests),
  );
}

/** The factor between two amounts of each bucket; that of all buckets where one was not used. */
function factorsOf(usage: TokenUsage, of: "usd" | "standardUsd", to: "standardUsd" | "shortUsd"): Fractions {
  const all = factorOf(usage, of, to);
  return byBucket((bucket) => fraction(usage[of][bucket], usage[to][bucket], all));
}

function factorOf(usage: TokenUsage, of: "usd" | "standardUsd", to: "standardUsd" | "shortUsd"): bigint {
  return fraction(sumOfBuckets(usage[of]), sumOfBuckets(usage[to]), ONE);
}

function furtherRatesOf(usages: readonly Usage[]): Fractions {
  return byBucket((bucket) => {
    const found = usages.find(({ further }) => further.tokens[bucket] > 0n)?.further;
    return found === undefined ? 0n : fraction(found.standardUsd[bucket], found.tokens[bucket]);
  });
}

function isUsed({ tokens }: TokenUsage): boolean {
  return sumOfBuckets(tokens) > 0n;
}
