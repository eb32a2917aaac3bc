export { estimate } from "./estimate.ts";
export type { Estimate, EstimateOptions } from "./estimate-api.ts";
export { countTokens, type CountingClient } from "./count-tokens.ts";
