import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import { label, withLabels } from "@farthing/adapters/anthropic";
import { budget, type Budget, type BudgetOptions, type BudgetWarning, type EventSink } from "@farthing/adapters/budget";
import { blockingFetch, blockOver, BudgetExceededError } from "@farthing/adapters/budget-block";
import { convertUsage, openLedger, parseUsd, type Ledger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it, onTestFinished } from "vitest";
import { aRequestCompleted, NO_IDS } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aLoopback, type Loopback } from "./loopback.ts";

const PARAMS = {
  model: "claude-opus-5",
  max_tokens: 2000,
  messages: [{ role: "user" as const, content: "is it?" }],
};

/** What a call may cost while it is under way: 2,000 tokens at 25, and 4 of 10 characters at 5 dollars per million. */
const UNDER_WAY = parseUsd("0.05002");

interface Blocked {
  readonly server: Loopback;
  readonly ledger: Ledger;
  readonly spending: Budget;
  readonly client: Anthropic;
  readonly sink: EventSink;
  readonly warnings: BudgetWarning[];
}

async function aBlockedClient(
  usd: string,
  options: { readonly holds?: boolean; readonly recorded?: readonly LedgerEvent[] } = {},
  budgetOptions: Partial<BudgetOptions> = {},
): Promise<Blocked> {
  const server = await aLoopback(options);
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
  await ledger.append(options.recorded ?? []);
  const warnings: BudgetWarning[] = [];
  const spending = budget({
    ledger,
    usd,
    per: "day",
    onThreshold: () => {},
    onWarning: (warning) => warnings.push(warning),
    ...budgetOptions,
  });
  onTestFinished(async () => {
    spending.close();
    await ledger.close();
  });
  const client = new Anthropic({ apiKey: "none", baseURL: server.url, middleware: [blockOver(spending)] });
  return { server, ledger, spending, client, sink: spending.watch(ledger), warnings };
}

/** Records what a message cost, as capture does when the client has read it. */
function record(sink: EventSink, message: Anthropic.Message & { readonly _request_id?: string | null }): void {
  const { usage } = convertUsage(message.usage);
  sink.record(
    aRequestCompleted({
      id: `msg:${message.id}`,
      occurredAt: new Date().toISOString(),
      usage,
      ids: { ...NO_IDS, message: message.id, request: message._request_id ?? null },
    }),
  );
}

describe("a client that may not pass its budget", () => {
  it("is refused a call before it is sent, once, and with no second try", async () => {
    const { server, spending, client, sink } = await aBlockedClient("0.05");
    await spending.refresh();
    for (let call = 0; call < 2; call += 1) record(sink, await client.messages.create(PARAMS));
    expect(spending.status()).toMatchObject({ spent: parseUsd("0.05"), inFlight: 0n });
    const began = performance.now();
    const refused = client.messages.create(PARAMS);
    await expect(refused).rejects.toBeInstanceOf(BudgetExceededError);
    await expect(refused).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", spent: parseUsd("0.05"), inFlight: 0n });
    expect(performance.now() - began).toBeLessThan(200);
    await expect(client.messages.stream(PARAMS).finalMessage()).rejects.toThrow("the budget of $0.05 is used up");
    await expect(
      client.messages.batches.create({ requests: [{ custom_id: "a", params: PARAMS }] }),
    ).rejects.toBeInstanceOf(BudgetExceededError);
    expect(server.arrived).toEqual(["/v1/messages", "/v1/messages"]);
  });

  it("may still ask what is free", async () => {
    const { server, spending, client } = await aBlockedClient("0");
    await spending.refresh();
    const { model, messages } = PARAMS;
    expect(await client.messages.countTokens({ model, messages })).toMatchObject({ input_tokens: 3 });
    await expect(client.messages.create(PARAMS)).rejects.toBeInstanceOf(BudgetExceededError);
    expect(server.arrived).toEqual(["/v1/messages/count_tokens"]);
  });

  it("is refused for what is under way, until that turns out to cost less", async () => {
    const { server, spending, client, sink } = await aBlockedClient("0.1", { holds: true });
    await spending.refresh();
    const calls = [client.messages.create(PARAMS), client.messages.create(PARAMS)];
    while (server.arrived.length < 2) await wait(5);
    expect(spending.status()).toMatchObject({ spent: 0n, inFlight: UNDER_WAY * 2n });
    await expect(client.messages.create(PARAMS)).rejects.toMatchObject({ inFlight: UNDER_WAY * 2n });
    server.release();
    server.release();
    for (const message of await Promise.all(calls)) record(sink, message);
    expect(spending.status()).toMatchObject({ spent: parseUsd("0.05"), inFlight: 0n });
    const call = client.messages.create(PARAMS);
    while (server.arrived.length < 3) await wait(5);
    server.release();
    expect((await call).id).toBe("msg_3");
  });

  it("is refused for what another process spent", async () => {
    const { ledger, spending, client, server } = await aBlockedClient("0.02");
    await spending.refresh();
    await ledger.append([
      aRequestCompleted({ occurredAt: new Date().toISOString(), usage: convertUsage({ output_tokens: 1000 }).usage }),
    ]);
    await wait(1300);
    await expect(client.messages.create(PARAMS)).rejects.toBeInstanceOf(BudgetExceededError);
    expect(server.arrived).toEqual([]);
  });

  it("spends too much by what was under way alone, however many calls are begun at once", async () => {
    const { client, spending, sink } = await aBlockedClient("0.5");
    await spending.refresh();
    const calls = Array.from({ length: 100 }, async () => {
      for (let turn = 0; turn < 3; turn += 1) record(sink, await client.messages.create(PARAMS));
    });
    const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(80);
    // Nothing costs more than it was counted with, so that nothing but the last call can pass the budget.
    expect(spending.status().spent).toBeGreaterThan(parseUsd("0.2"));
    expect(spending.status().spent).toBeLessThan(parseUsd("0.5") + UNDER_WAY);
  });

  it("is not refused for answers that were recorded again: they are summed before", async () => {
    const event = aRequestCompleted({
      occurredAt: new Date().toISOString(),
      usage: convertUsage({ output_tokens: 1000 }).usage,
    });
    const { client, ledger, spending } = await aBlockedClient("0.04", { recorded: [event] });
    await spending.refresh();
    ledger.record({ ...event, sources: ["again"] });
    await ledger.flush();
    await spending.refresh();
    await wait(1300);
    expect(spending.status().spent).toBe(parseUsd("0.025"));
    expect((await client.messages.create(PARAMS)).id).toBe("msg_1");
  });

  it("is let through before the ledger was read, with one warning", async () => {
    const { client, warnings } = await aBlockedClient("0");
    await client.messages.create(PARAMS);
    expect(warnings).toEqual([{ kind: "not-loaded" }]);
  });

  it("is not refused for usage without a price", async () => {
    const { client, spending, sink, warnings } = await aBlockedClient("0.01");
    await spending.refresh();
    const message = await client.messages.create(PARAMS);
    sink.record(
      aRequestCompleted({
        occurredAt: new Date().toISOString(),
        servedModel: "claude-from-tomorrow",
        ids: { ...NO_IDS, request: message._request_id ?? null },
      }),
    );
    expect((await client.messages.create(PARAMS)).id).toBe("msg_2");
    expect(warnings).toEqual([{ kind: "unpriced", model: "claude-from-tomorrow" }]);
  });

  it("sends a failed call again, as without a budget, and counts it as under way no longer than it is", async () => {
    const { spending } = await aBlockedClient("1");
    await spending.refresh();
    let tries = 0;
    const client = new Anthropic({
      apiKey: "none",
      middleware: [blockOver(spending), spending.middleware],
      fetch: async () => {
        tries += 1;
        expect(spending.status().inFlight).toBe(UNDER_WAY);
        if (tries === 1) throw new TypeError("fetch failed");
        return Response.json(
          { type: "error", error: { type: "invalid_request_error", message: "no" } },
          { status: 400 },
        );
      },
    });
    await expect(client.messages.create(PARAMS)).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    expect(tries).toBe(2);
    expect(spending.status().inFlight).toBe(0n);
  });
});

describe("a fetch that may not pass a budget", () => {
  it("refuses before anything is sent, and counts what is under way", async () => {
    const { server, spending, sink } = await aBlockedClient("0.02");
    await spending.refresh();
    const guarded = blockingFetch(spending);
    const call = { method: "POST", body: JSON.stringify(PARAMS) };
    const response = await guarded(`${server.url}/v1/messages?beta=true`, call);
    expect(spending.status().inFlight).toBe(UNDER_WAY);
    record(sink, {
      ...((await response.json()) as Anthropic.Message),
      _request_id: response.headers.get("request-id"),
    });
    expect(spending.status()).toMatchObject({ inFlight: 0n, spent: parseUsd("0.025") });
    await expect(guarded(`${server.url}/v1/messages`, call)).rejects.toBeInstanceOf(BudgetExceededError);
    await expect(guarded(new Request(`${server.url}/v1/messages`, call))).rejects.toBeInstanceOf(BudgetExceededError);
    expect((await guarded(`${server.url}/v1/models`)).ok).toBe(true);
    expect(server.arrived).toHaveLength(2);
  });
});

describe("a budget for some calls", () => {
  const OF_ACME = { where: [{ key: "label:tenant", value: "acme" }] } as const;
  const refused = BudgetExceededError;

  it("refuses none that its labels leave out, wherever they are given, and counts none of them as under way", async () => {
    const { client, spending, server } = await aBlockedClient("0", {}, OF_ACME);
    await spending.refresh();
    await withLabels({ tenant: "globex" }, async () => {
      spending.begin(PARAMS);
      await client.messages.create(PARAMS);
      await client.messages.batches.create({ requests: [{ custom_id: "a", params: PARAMS }] });
      const acme = client.messages.create(PARAMS, { middleware: [label({ tenant: "acme" })] });
      await expect(acme).rejects.toBeInstanceOf(refused);
    });
    expect(spending.status().inFlight).toBe(0n);
    await client.messages.create(PARAMS, { middleware: [label({ tenant: "globex" })] });
    await expect(withLabels({ tenant: "acme" }, () => client.messages.create(PARAMS))).rejects.toBeInstanceOf(refused);
    expect(server.arrived).toHaveLength(3);
  });

  it("refuses those without its label too, unless it knows the labels of the client", async () => {
    const unknown = await aBlockedClient("0", {}, OF_ACME);
    const none = await aBlockedClient("0", {}, { ...OF_ACME, labels: {} });
    const acme = await aBlockedClient("0", {}, { ...OF_ACME, labels: { tenant: "acme" } });
    const without = await aBlockedClient("0", {}, { where: [{ key: "label:tenant", value: null }], labels: {} });
    for (const { spending } of [unknown, none, acme, without]) await spending.refresh();
    for (const { client } of [unknown, acme, without]) {
      await expect(client.messages.create(PARAMS)).rejects.toBeInstanceOf(refused);
    }
    await none.client.messages.create(PARAMS);
    await withLabels({ tenant: "globex" }, () => acme.client.messages.create(PARAMS));
    await withLabels({ tenant: "globex" }, () => without.client.messages.create(PARAMS));
  });

  it("refuses by the model, under each of its names, and what may be any model", async () => {
    const { client, spending } = await aBlockedClient(
      "0",
      {},
      { where: [{ key: "model", value: "claude-haiku-4-5" }] },
    );
    await spending.refresh();
    const of = (model: string): typeof PARAMS => ({ ...PARAMS, model });
    await client.messages.create(PARAMS);
    await client.messages.batches.create({ requests: [{ custom_id: "a", params: PARAMS }] });
    for (const model of ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-from-tomorrow"]) {
      await expect(client.messages.create(of(model))).rejects.toBeInstanceOf(refused);
    }
    const requests = [PARAMS, of("claude-haiku-4-5")].map((params, index) => ({ custom_id: String(index), params }));
    await expect(client.messages.batches.create({ requests })).rejects.toBeInstanceOf(refused);
  });

  it("refuses what it cannot tell before: other conditions hold, and a token may stand for any value", async () => {
    for (const where of [
      { key: "service", value: "shop" },
      { key: "label:user", value: "~1c291ca3.Vb6QIzYqJ2y1l0b8yX4s5w" },
    ] as const) {
      const { client, spending } = await aBlockedClient("0", {}, { where: [where] });
      await spending.refresh();
      const call = withLabels({ user: "ada" }, () => client.messages.create(PARAMS));
      await expect(call).rejects.toBeInstanceOf(refused);
    }
  });

  it("does so where calls go through its fetch", async () => {
    const { server, spending } = await aBlockedClient("0", {}, OF_ACME);
    await spending.refresh();
    const guarded = blockingFetch(spending);
    const send = (): Promise<Response> =>
      guarded(`${server.url}/v1/messages`, { method: "POST", body: JSON.stringify(PARAMS) });
    expect((await withLabels({ tenant: "globex" }, send)).ok).toBe(true);
    expect(spending.status().inFlight).toBe(0n);
    await expect(withLabels({ tenant: "acme" }, send)).rejects.toBeInstanceOf(refused);
  });
});
