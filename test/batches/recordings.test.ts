import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isResponse, totalTokens, type LedgerEvent } from "@farthing/ledger";
import { expect, it } from "vitest";
import {
  BatchMemory,
  BatchResults,
  recordBatchCreated,
  recordBatchStatus,
} from "../../packages/adapters/src/batches/index.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { aCall } from "./api-batch.ts";
import { aMemorySink, KEY } from "./memory-sink.ts";

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly request: unknown;
  readonly response: string;
}

interface ResultLine {
  readonly result: { readonly message?: { readonly usage: Readonly<Record<string, number>> } };
}

describeWithSharedData("recorded exchanges of the batch endpoints", "exchanges", (root) => {
  it("become the events that their answers say, with the tokens of every result", async () => {
    let results = 0;
    for (const { url, method, request, response } of exchangesIn(root)) {
      const sink = aMemorySink();
      const memory = new BatchMemory();
      if (url.endsWith("/results")) {
        const lines = response.split("\n").filter((line) => line !== "");
        const reading = new BatchResults(sink, url.split("/").at(-2) ?? "", aCall(), memory);
        for (const line of lines) reading.line(line);
        await reading.end();
        const { responses } = sink.account();
        expect(responses.map(tokensOf).sort()).toEqual(lines.map(tokensIn).sort());
        expect(responses.every(({ usage }) => usage.serviceTier === "batch")).toBe(true);
        results += responses.length;
      } else if (method === "POST" && url.endsWith("/batches")) {
        await recordBatchCreated(sink, request, parsed(response), aCall(), { key: KEY, memory });
        const { requests } = request as { readonly requests: readonly unknown[] };
        const isAccepted = response.includes('"message_batch"');
        expect(sink.events).toHaveLength(isAccepted ? 1 + requests.length : 0);
      } else {
        recordBatchStatus(sink, parsed(response), aCall(), memory);
        expect(sink.events.length).toBe(response.includes('"ended"') ? 1 : 0);
      }
    }
    expect(results).toBeGreaterThan(3);
  });
});

function tokensOf(event: LedgerEvent): string {
  if (!isResponse(event)) return "";
  const { uncachedInput, cacheRead, output } = totalTokens(event.usage);
  return [uncachedInput, cacheRead, output].join(" ");
}

function tokensIn(line: string): string {
  const usage = (JSON.parse(line) as ResultLine).result.message?.usage ?? {};
  return [usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]].join(" ");
}

function exchangesIn(root: string): readonly Exchange[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => {
    const meta = readFileSync(join(root, name, "meta.json"), "utf8");
    if (!meta.includes("/v1/messages/batches")) return [];
    const { method, url, status } = JSON.parse(meta) as Pick<Exchange, "method" | "url" | "status">;
    const request: unknown = JSON.parse(readFileSync(join(root, name, "request.json"), "utf8"));
    return [{ method, url, status, request, response: readFileSync(join(root, name, "response.body"), "utf8") }];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
