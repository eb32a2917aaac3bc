import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheScope, PromptCache, type PromptBill } from "@farthing/advisor";
import { convertUsage, matchModel, modelById, promptTokens, type TokenBuckets } from "@farthing/ledger";
import { digestPrompt, fingerprintOf, shapeOf } from "../../packages/adapters/src/prompts/index.ts";
import { PromptReader } from "../../packages/advisor/src/trace/read-prompts.ts";
import { KEY } from "../prompts/fingerprints.ts";

/** A recorded call, what the API billed for its prompt, and what the rules alone predict. */
export interface PredictedCall {
  /** `file#step`, the file without its ending. */
  readonly name: string;
  readonly billed: TokenBuckets;
  readonly predicted: PromptBill;
}

interface Step {
  readonly index: number;
  readonly date: string | null;
  readonly url: string;
  readonly request: unknown;
  readonly usage: unknown;
  readonly model: string | null;
}

/** Replays each file of recorded calls through an empty cache, call by call. */
export function predictedCalls(folder: string): PredictedCall[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json") && file !== "summary.json");
  return files.sort().flatMap((file) => {
    const { steps } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { readonly steps: readonly Step[] };
    const cache = new PromptCache();
    const reader = new PromptReader();
    // Where no time was recorded, calls follow one another by a second.
    let at = 0;
    return steps.flatMap((step) => {
      at = step.date === null ? at + 1000 : Date.parse(step.date);
      return predictedCall(`${file.replace(/\.json$/, "")}#${String(step.index)}`, step, at, { cache, reader });
    });
  });
}

function predictedCall(
  name: string,
  step: Step,
  at: number,
  { cache, reader }: { readonly cache: PromptCache; readonly reader: PromptReader },
): PredictedCall[] {
  const digest = digestPrompt(step.request);
  if (digest === null || step.usage === null || step.model === null || step.url.includes("count_tokens")) return [];
  const billed = convertUsage(step.usage).usage.parts.find(({ kind }) => kind === "response")?.tokens;
  if (billed === undefined) return [];
  const fingerprint = fingerprintOf(digest, KEY, promptTokens(billed));
  const shape = shapeOf(step.request, digest);
  const scope = cacheScope(step.model, null, null);
  const prompt = reader.read({ fingerprint, model: step.model, scope, shape, own: billed });
  const predicted = cache.request({
    startedAt: at,
    readableAt: at,
    scope,
    blocks: prompt.blocks,
    breakpoints: prompt.breakpoints,
    minimumTokens: modelById(matchModel(step.model)?.model ?? "")?.cacheMinimumTokens ?? 0,
    scale: 1,
  });
  return [{ name, billed, predicted }];
}
