import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { RequestCompleted } from "@farthing/ledger";
import { CacheHits } from "./cache-hits.ts";
import { HOUR_MS, LONG_PROMPT_TOKENS, type Answer } from "./answer.ts";

const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;

/**
 * As a script would: every line of every segment through `JSON.parse`, each event counted as it comes.
 *
 * It does less than a ledger: nothing is checked, and what was seen twice counts twice.
 */
export function fromNdjson(path: string, withHits: boolean): Answer {
  const groups = new Map<string, Float64Array>();
  const hits = withHits ? new CacheHits() : null;
  let requests = 0;
  let tokens = 0;
  eachLine(join(path, "segments"), (line) => {
    const { event } = JSON.parse(line) as { readonly event: RequestCompleted };
    if (event.type !== "RequestCompleted" || event.billedTo !== "self") return;
    const { usage, servedModel, labels, occurredAt, context } = event;
    const part = usage.parts[0]?.tokens;
    if (part === undefined) return;
    const workload = labels["workload"] ?? context.service ?? "";
    const hour = Math.floor(Date.parse(occurredAt) / HOUR_MS);
    const prompt = part.uncachedInput + part.cacheWrite5m + part.cacheWrite1h + part.cacheRead;
    const terms = `${usage.serviceTier ?? ""} ${usage.speed ?? ""} ${usage.inferenceGeo ?? ""} ${String(prompt > LONG_PROMPT_TOKENS)}`;
    const key = `${String(hour)} ${workload} ${servedModel} ${terms}`;
    let sums = groups.get(key);
    if (sums === undefined) groups.set(key, (sums = new Float64Array(6)));
    const counts = [1, part.uncachedInput, part.cacheWrite5m, part.cacheWrite1h, part.cacheRead, part.output];
    for (let index = 0; index < 6; index += 1) sums[index] = (sums[index] ?? 0) + (counts[index] ?? 0);
    requests += 1;
    tokens += prompt + part.output;
    const series = context.session ?? `${workload} ${servedModel}`;
    hits?.add(hits.seriesOf(series), Date.parse(event.timing.startedAt ?? occurredAt));
  });
  return { groups: groups.size, requests, tokens, hits: hits?.hits ?? null };
}

function eachLine(folder: string, take: (line: string) => void): void {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const name of readdirSync(folder).sort()) {
    const file = openSync(join(folder, name), "r");
    let rest: Buffer[] = [];
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const filled = chunk.subarray(0, read);
      let start = 0;
      for (let end = filled.indexOf(NEWLINE); end !== -1; end = filled.indexOf(NEWLINE, start)) {
        const line = filled.subarray(start, end);
        take((rest.length === 0 ? line : Buffer.concat([...rest, line])).toString("utf8"));
        rest = [];
        start = end + 1;
      }
      if (start < filled.length) rest.push(Buffer.from(filled.subarray(start)));
    }
    closeSync(file);
  }
}
