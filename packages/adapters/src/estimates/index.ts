export { estimate } from "./estimate.ts";
export type { Estimate, EstimateOptions } from "./estimate-api.ts";
export type { CountingClient } from "./count-tokens.ts";
