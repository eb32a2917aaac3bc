import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aRequestFailed, aUsage } from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";
import { runCli } from "../support/run-cli.ts";

/** Names that a shell would act on, were they not quoted. */
export const HOSTILE_NAMES: readonly string[] = [
  "rag 'quoted' \"twice\"",
  "$(touch hacked) `touch hacked`; exit 7 &",
  "-x\n--limit=3\\",
  "prix é 費用 *?[a]~",
];

const PRICE: LedgerEvent = aPriceOf("6", "price:1", "2026-10-20T00:00:00.000Z");

/** Opus 5 at a price of one's own for prompts. */
function aPriceOf(usdPerMillion: string, id: string, occurredAt: string): LedgerEvent {
  return {
    type: "PriceSet",
    version: 1,
    id,
    occurredAt,
    sources: ["prices-set"],
    card: {
      model: "claude-opus-5",
      effectiveFrom: "2026-08-01",
      rates: { uncachedInput: usdPerMillion, cacheWrite5m: "7", cacheWrite1h: "11", cacheRead: "0.6", output: "30" },
      usGeography: false,
      regionalPremium: false,
      source: "contract",
      checkedOn: "2026-10-20",
    },
  };
}

/** Writes for an hour what nobody reads, every two hours: there is something to advise, and days to tell apart. */
function wasteful(service: string, calls: number, startedAt = "2026-10-10T10:00:00.000Z"): LedgerEvent[] {
  const steps = Array.from({ length: calls }, (_, number) => ({
    at: number * 7_200,
    continues: -1,
    cacheWrite1h: 90_000 + number,
  }));
  return aConversation(steps, { service, name: `${service}'s session`, startedAt });
}

/**
 * A ledger with hostile names, budgets, sums in the place of pruned detail, prices that were known later, unpriced and
 * failed requests, a personal label, and advice that was accepted and dismissed.
 */
export async function aRichLedger(): Promise<string> {
  const ledger = await aLedger([
    ...wasteful("old", 12, "2026-08-10T10:00:00.000Z"),
    ...HOSTILE_NAMES.flatMap((service, index) => wasteful(service, 150 + 10 * index)),
    aRequestCompleted({
      id: "msg:unpriced",
      servedModel: "claude-haiku-9",
      context: { service: HOSTILE_NAMES[0] ?? null },
    }),
    aRequestCompleted({ id: "msg:nameless", context: { service: null, session: null, project: null } }),
    aRequestFailed({ id: "req:failed", cost: "unknown" }),
    PRICE,
  ]);
  const run = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await runCli(args.toSpliced(2, 0, "--ledger", ledger));
    if (exitCode !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  };
  await run("settings", "set", "personal-labels", "user");
  await record(ledger, [
    aRequestCompleted({
      id: "msg:personal",
      occurredAt: "2026-10-12T10:00:00.000Z",
      labels: { user: "ada@example.com" },
    }),
  ]);
  await run("prune", "--before=2026-09-01");
  await run("budget", "set", "all", "500");
  await run("budget", "set", "--where", `service=${HOSTILE_NAMES[1] ?? ""}`, "--", "-it's", "0.5");
  await run("advice", "accept", "1");
  await run("advice", "dismiss", "2", "--reason", "not now");
  return ledger;
}

/** Records what would change every figure of a ledger that is asked without saying as of when. */
export async function recordMore(ledger: string): Promise<void> {
  await record(ledger, [
    ...wasteful("late", 200, "2026-10-11T10:30:00.000Z"),
    ...HOSTILE_NAMES.flatMap((service) => [
      aRequestCompleted({
        id: `msg:more ${service}`,
        occurredAt: "2026-10-12T11:00:00.000Z",
        usage: aUsage({ uncachedInput: 77_000 }),
        context: { service, session: `${service}'s session` },
      }),
    ]),
    aPriceOf("9", "price:2", "2026-11-21T00:00:00.000Z"),
  ]);
}

async function record(path: string, events: readonly LedgerEvent[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  await ledger.append(events);
}
