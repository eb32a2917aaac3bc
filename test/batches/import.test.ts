import { join } from "node:path";
import { encodeEvent, openLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { BatchMemory, BatchResults, recordBatchCreated } from "../../packages/adapters/src/batches/index.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { aCall, apiBatch, apiRequest, BATCH, RESULTS } from "./api-batch.ts";
import { aMemorySink } from "./memory-sink.ts";

/** What one host wrote that submitted, and another that read, neither of which can look anything up. */
async function written(): Promise<{
  readonly submission: readonly LedgerEvent[];
  readonly results: readonly LedgerEvent[];
}> {
  const { find: _, ...submitting } = aMemorySink();
  const body = { requests: ["a", "b", "c", "d"].map((custom) => apiRequest(custom)) };
  await recordBatchCreated(submitting, body, apiBatch(), aCall(), { key: null, memory: new BatchMemory() });
  const { find: __, ...reading } = aMemorySink();
  const results = new BatchResults(reading, BATCH, aCall({ labels: { team: "platform" } }), new BatchMemory());
  for (const result of RESULTS) results.result(result);
  await results.end();
  return { submission: submitting.events, results: reading.events };
}

describe("events of a batch from several hosts", () => {
  it("are joined on import, whichever come first, and importing them again changes nothing", async () => {
    const { submission, results } = await written();
    for (const files of [[submission, results], [results, submission], [[...results, ...submission]]]) {
      const ledger = join(emptyFolder(), "ledger");
      let lines = 0;
      for (const round of ["first", "again"]) {
        for (const events of files) {
          const stdin = events.map((event) => `${encodeEvent(event)}\n`).join("");
          const { exitCode, stderr } = await runCli(["import", "events", "-", "--ledger", ledger], { stdin });
          expect([exitCode, stderr]).toEqual([0, ""]);
        }
        await using opened = await openLedger(ledger, { mode: "read" });
        const { rows } = await opened.spend({ by: ["label:team"] });
        expect(rows.map(({ by, requests }) => [by["label:team"], requests])).toEqual([["search", 2]]);
        const recorded = (await opened.account()).responses.map(({ requestedModel }) => requestedModel);
        expect(recorded).toEqual(["claude-sonnet-5", "claude-sonnet-5"]);
        let count = 0;
        for await (const _event of opened.read()) count += 1;
        if (round === "again") expect(count).toBe(lines);
        lines = count;
      }
    }
  });
});
