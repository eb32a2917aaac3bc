import { canonicalModel } from "../trace/model-of.ts";
import type { Sample } from "./sample.ts";

export interface OwnAnswers {
  readonly samples: readonly Sample[];
  /** Samples that came with an answer which is not used. */
  readonly dropped: number;
}

/**
 * Samples with what a model has answered already. What another one answered says nothing of how long this one's answers
 * are: it is left out, so that this one is asked. A sample that names no model is taken to be of this one.
 */
export function withAnswersOf(model: string, samples: readonly Sample[]): OwnAnswers {
  const own = samples.map((sample) => {
    const isOther = sample.model !== null && canonicalModel(sample.model) !== canonicalModel(model);
    return isOther && sample.recorded !== null ? { ...sample, recorded: null } : sample;
  });
  return { samples: own, dropped: own.filter((sample, at) => sample !== samples[at]).length };
}
