import type { RowTerms } from "../rows/request-rows.ts";

/** What a bill tells tokens apart by, besides their time, their kind and who used them; each as it was reported. */
export interface BilledAs {
  /** The model of the pass, which within one response can be another than the one that answered; null where unknown. */
  readonly model: string | null;
  readonly serviceTier: string | null;
  readonly inferenceGeo: string | null;
  readonly speed: string | null;
}

/**
 * How a pass of a request is billed.
 *
 * @param passModel As the pass names it; null for the response's own.
 */
export function billedAs(terms: RowTerms, passModel: string | null): BilledAs {
  const { servedModel, serviceTier, inferenceGeo, speed } = terms;
  return { model: passModel ?? servedModel, serviceTier, inferenceGeo, speed };
}
