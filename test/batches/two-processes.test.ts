import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { foldAccount, openLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { inAnotherProcess } from "../support/another-process.ts";
import { bytesReply, jsonReply, openLoopbackApi, type LoopbackApi, type Reply } from "../support/loopback-api.ts";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { apiBatch, apiRequest, BATCH, endedBatch, RESULTS } from "./api-batch.ts";

/** Gives `clientOn(url, ledger, labels)`: a client of the SDK that the ledger is attached to. */
const RECORDING = `
  const { default: Anthropic } = await import("@anthropic-ai/sdk");
  const { attach } = await import(adapter);
  function clientOn(baseURL, ledger, labels) {
    return attach(new Anthropic({ baseURL, apiKey: "none" }), ledger, { service: "digest", labels });
  }
`;

const SUBMIT = `
  const ledger = await openLedger(path, { mode: "write", create: true });
  const client = clientOn(url, ledger, { team: "search" });
  // Prompts are left out until the key is there, which this server is too fast for.
  await ledger.fingerprintKey();
  const created = await client.messages.batches.create({ requests });
  await ledger.flush();
  console.log(created.id);
  process.kill(process.pid, "SIGKILL");
`;

const READ = `
  const ledger = await openLedger(path, { mode: "write" });
  const client = clientOn(url, ledger, {});
  let count = 0;
  for await (const { custom_id } of await client.messages.batches.results(batch)) if (custom_id) count += 1;
  console.log(count);
  await ledger.close();
`;

describe("a batch that one process submits and another reads, after the first was killed", () => {
  it("costs what it was billed, once, under the labels it was submitted with", async () => {
    let isEnded = false;
    await using api = await openLoopbackApi(apiReply(() => isEnded));
    const path = join(emptyFolder(), "ledger");
    const values = valuesFor(api, path);
    const submitted = await inAnotherProcess(values, `${RECORDING}${SUBMIT}`);
    expect(submitted).toMatchObject({ signal: "SIGKILL", stdout: `${BATCH}\n`, stderr: "" });
    isEnded = true;

    expect(await dueIn(path, "2026-11-27T12:00:00Z")).toEqual([
      // 29 days after it was created on 1 November.
      { kind: "batch-results-expire", at: "2026-11-30T10:00:00.123Z", batch: BATCH, requests: 4, recorded: 0 },
    ]);

    for (const _reading of ["first", "second"]) {
      const reading = await inAnotherProcess(values, `${RECORDING}${READ}`);
      expect(reading).toMatchObject({ exitCode: 0, stdout: "4\n", stderr: "" });
      await using ledger = await openLedger(path, { mode: "read" });
      const { total, rows } = await ledger.spend({ by: ["label:team", "service"] });
      // Two answers of 100 prompt and 10 output tokens, at half of $2 and $10 a million.
      expect([total.usd, total.requests, total.failed]).toEqual([300_000_000n, 2, 2]);
      expect(rows.map(({ by }) => by)).toEqual([{ "label:team": "search", service: "digest" }]);
      expect(await dueIn(path, "2026-11-27T12:00:00Z")).toEqual([]);
    }
    await using ledger = await openLedger(path, { mode: "read" });
    const events: LedgerEvent[] = [];
    for await (const { event } of ledger.read()) events.push(event);
    const { responses, failures, others } = foldAccount(events);
    expect(
      responses.map(({ ids, requestedModel, prompt }) => [ids.custom, requestedModel, prompt?.blocks.length]),
    ).toEqual([
      ["a", "claude-sonnet-5", 2],
      ["b", "claude-sonnet-5", 2],
    ]);
    expect(failures).toHaveLength(2);
    expect(others.filter(({ type }) => type.startsWith("Batch")).map(({ type }) => type)).toEqual([
      "BatchSubmitted",
      "BatchEnded",
    ]);
    expect(JSON.stringify(events)).not.toMatch(/sum up|say\?|A fine answer/);
  });
});

function valuesFor(api: LoopbackApi, path: string): Readonly<Record<string, unknown>> {
  const adapter = pathToFileURL(join(REPOSITORY, "packages/adapters/dist/anthropic/index.js")).href;
  return {
    adapter,
    url: api.url,
    path,
    batch: BATCH,
    requests: ["a", "b", "c", "d"].map((custom) => apiRequest(custom)),
  };
}

function apiReply(isEnded: () => boolean): Reply {
  return (request, to) => {
    const resultsUrl = `http://${String(request.headers.host)}/v1/messages/batches/${BATCH}/results`;
    if (request.method === "POST") return jsonReply(apiBatch())(request, to);
    if (!request.path.endsWith("/results")) {
      return jsonReply(isEnded() ? endedBatch({ results_url: resultsUrl }) : apiBatch())(request, to);
    }
    return bytesReply(`${RESULTS.map((result) => JSON.stringify(result)).join("\n")}\n`)(request, to);
  };
}

async function dueIn(path: string, now: string): Promise<readonly unknown[]> {
  const { stdout } = await runCli(["report", "--ledger", path, "--now", now, "--format", "json"]);
  const { due } = JSON.parse(stdout) as { readonly due: readonly Readonly<Record<string, unknown>>[] };
  return due
    .filter(({ kind }) => kind === "batch-results-expire")
    .map(({ kind, at, batch, requests, recorded }) => ({ kind, at, batch, requests, recorded }));
}
