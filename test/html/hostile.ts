import type { Report } from "@farthing/advisor";
import {
  createPriceBook,
  parseInstant,
  parseUsd,
  type LedgerEvent,
  type PriceBook,
  type RateCard,
} from "@farthing/ledger";
import { aReport } from "../support/a-report.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";

/** What would act if any of it were taken for markup, an attribute, a style or a script. */
export const MARKUP: readonly string[] = [
  "<script>window.hacked = 1</script>",
  '"><img src="http://127.0.0.1:9/x.png" onerror="window.hacked = 1">',
  "' onmouseover='window.hacked = 1",
  "</title></style></script><svg onload=window.hacked=1>",
  "<!--",
  "-->",
  "]]>",
  "&lt;b&gt;&amp;",
  "javascript:window.hacked=1",
  "<a href=http://127.0.0.1:9/>",
  "<base href=http://127.0.0.1:9/>",
  '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
  "</td></tr></table><h1>",
  "${window.hacked=1}",
  "{{hacked}}",
  "\u202egnp.exe",
  "a\u0000b\u001b[31mc",
  "\ud800",
  "\n\n\t",
  "</main></body></html>",
  "@import url(http://127.0.0.1:9/)",
  "longword".repeat(60),
];

/** So many workloads cost enough for advice. */
const ADVISED = 8;

/** Markup in every name a ledger can hold, on enough of each to be shown and advised on. */
export function markupEverywhere(): Report {
  const events = MARKUP.flatMap((name, index) =>
    aConversation(
      Array.from({ length: 25 }, (_, step) => ({
        at: step * 7_200,
        cacheWrite1h: (index < ADVISED ? 400_000 : 100_000) + index,
        continues: -1,
      })),
      { name, service: name, startedAt: "2026-10-18T10:00:00.000Z" },
    ).map((event) => ({ ...event, context: { ...event.context, callSite: `${name}:1`, agent: name, host: name } })),
  );
  const unpriced = MARKUP.map((name, index) =>
    aRequestCompleted({
      id: `msg:unpriced-${String(index)}`,
      occurredAt: "2026-10-20T10:00:00.000Z",
      servedModel: name,
      labels: { workload: name, [name]: name },
    }),
  );
  return aReport([...events, ...unpriced], { overTime: true, timeZone: "UTC" });
}

let many: Report | null = null;

/** 200 models with a price, 10,000 workloads, and 10,000 sessions; made once. */
export function tooManyNames(): Report {
  return (many ??= reportOnMany());
}

function reportOnMany(): Report {
  const models = Array.from({ length: 200 }, (_, index) => `claude-made-up-${String(index)}`);
  const events: LedgerEvent[] = Array.from({ length: 10_000 }, (_, index) =>
    aRequestCompleted({
      id: `msg:${String(index)}`,
      occurredAt: new Date(Date.parse("2026-10-01T00:00:00.000Z") + index * 300_000).toISOString(),
      servedModel: models[index % models.length] ?? "",
      usage: aUsage({ uncachedInput: 100_000 + index, output: 100 }),
      context: { service: `service-${String(index)}`, session: `session-${String(index)}` },
    }),
  );
  return aReport(events, { overTime: true, book: priced(models) });
}

function priced(models: readonly string[]): PriceBook {
  const cards = models.map((model): RateCard => ({
    model,
    effectiveFrom: parseInstant("2026-01-01"),
    knownFrom: parseInstant("2026-01-01"),
    rates: {
      uncachedInput: parseUsd("0.000003"),
      cacheWrite5m: parseUsd("0.00000375"),
      cacheWrite1h: parseUsd("0.000006"),
      cacheRead: parseUsd("0.0000003"),
      output: parseUsd("0.000015"),
    },
    promptTiers: [],
    fast: null,
    usGeography: false,
    regionalPremium: false,
    source: "made up for a test",
    checkedOn: "2026-01-01",
  }));
  return createPriceBook(cards);
}

export function oneEvent(): Report {
  return aReport([aRequestCompleted({ usage: aUsage({ uncachedInput: 1_000, output: 10 }) })], { overTime: true });
}

export function noEvent(): Report {
  return aReport([], { overTime: true });
}
