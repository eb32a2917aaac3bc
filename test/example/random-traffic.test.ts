import { STRATEGIES } from "@farthing/advisor";
import { convertUsage, costOf, listPriceBook, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { expect, it } from "vitest";
import { apiUsage } from "../../packages/advisor/src/example/api-usage.ts";
import { billingOracle } from "../../packages/advisor/src/example/billing-oracle.ts";
import { converse } from "../../packages/advisor/src/example/conversation.ts";
import type { TrueRequest } from "../../packages/advisor/src/example/true-request.ts";
import { adviceOn } from "../support/advice.ts";
import { aRequestCompleted } from "../support/builders.ts";

const MODEL = "claude-opus-5-5";
const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 9, 5, 8);

/** How one service uses its cache; every session of it has the same habits. */
interface Habits {
  readonly systemTtl: "5m" | "1h";
  readonly messagesTtl: "5m" | "1h";
  readonly systemTokens: number;
  readonly sessions: number;
  readonly minutesBetweenSessions: number;
  readonly turns: number;
  /** Minutes before each turn, taken in order, again and again. */
  readonly pauses: readonly number[];
  readonly addedTokens: number;
  /** Something in every prompt is new, so that nothing after the system prompt is ever the same. */
  readonly volatile: boolean;
  /** Every session has a system prompt of its own, though all are of one length. */
  readonly tenants: boolean;
}

const habits: fc.Arbitrary<Habits> = fc.record({
  systemTtl: fc.constantFrom("5m", "1h"),
  messagesTtl: fc.constantFrom("5m", "1h"),
  systemTokens: fc.constantFrom(600, 8_000, 60_000),
  sessions: fc.integer({ min: 3, max: 14 }),
  minutesBetweenSessions: fc.constantFrom(1, 4, 12, 45),
  turns: fc.integer({ min: 2, max: 9 }),
  pauses: fc.array(fc.constantFrom(0.3, 1, 3, 4.5, 7, 20, 50, 90), { minLength: 1, maxLength: 6 }),
  addedTokens: fc.constantFrom(200, 5_000, 40_000),
  volatile: fc.boolean(),
  tenants: fc.boolean(),
});

function trafficOf(service: Habits): TrueRequest[] {
  return Array.from({ length: service.sessions }, (_, number) =>
    converse({
      session: `s${String(number)}`,
      model: MODEL,
      startedAt: START + number * service.minutesBetweenSessions * MINUTE_MS,
      system: { prefix: service.tenants ? `system-${String(number)}` : "system", tokens: service.systemTokens },
      ttl: service.messagesTtl,
      turns: Array.from({ length: service.turns }, (_, turn) => ({
        pauseMs: (service.pauses[turn % service.pauses.length] ?? 1) * MINUTE_MS,
        addedTokens: service.addedTokens,
        outputTokens: 100,
        thinkingTokens: 0,
        stopReason: "end_turn" as const,
      })),
    }).map((request, turn) => ({
      ...request,
      prompt: request.prompt.map((segment) =>
        segment.section === "system"
          ? { ...segment, breakpoint: service.systemTtl }
          : { ...segment, prefix: service.volatile ? `${segment.prefix}@${String(turn)}` : segment.prefix },
      ),
    })),
  )
    .flat()
    .sort((a, b) => a.startedAt - b.startedAt);
}

function recorded(traffic: readonly TrueRequest[]): ResponseRecorded[] {
  const bill = billingOracle();
  return traffic.map((request, number) =>
    aRequestCompleted({
      id: `msg:${String(number)}`,
      occurredAt: new Date(request.completedAt).toISOString(),
      servedModel: MODEL,
      usage: convertUsage(apiUsage(request, bill(request))).usage,
      ids: { message: String(number) },
      timing: { startedAt: new Date(request.startedAt).toISOString() },
      context: { service: "svc", session: request.session },
    }),
  );
}

function costTrue(traffic: readonly TrueRequest[], ttl: "5m" | "1h" | "none" | "as sent"): bigint {
  const bill = billingOracle();
  return traffic.reduce((sum, request) => {
    const prompt = request.prompt.map((segment) =>
      segment.breakpoint === null || ttl === "as sent"
        ? segment
        : { ...segment, breakpoint: ttl === "none" ? null : ttl },
    );
    const { usage } = convertUsage(apiUsage(request, bill({ ...request, prompt })));
    return sum + (costOf(usage, MODEL, request.completedAt, listPriceBook()).total ?? 0n);
  }, 0n);
}

const CHANGE = { "stop-caching": "none", "cache-ttl-5m": "5m", "cache-ttl-1h": "1h" } as const;

const LIFETIMES = STRATEGIES.filter(({ name }) => name in CHANGE);

/** The oracle sends the changed traffic itself. It is the project's own self-test, not a measure of real traffic. */
it("advice on any traffic of the generator never loses money on cache lifetimes", () => {
  const advised = new Set<string>();
  fc.assert(
    fc.property(habits, (service) => {
      const traffic = trafficOf(service);
      for (const { plan, share } of adviceOn(recorded(traffic), { strategies: LIFETIMES }).recommendations) {
        advised.add(plan.strategy);
        const change = CHANGE[plan.strategy as keyof typeof CHANGE];
        const saving = costTrue(traffic, "as sent") - costTrue(traffic, change);
        expect([plan.strategy, saving > 0n, share.low]).toEqual([plan.strategy, true, share.low]);
      }
    }),
    { numRuns: 1500 },
  );
  // Silence would be safe too, so all three have to have been said.
  expect([...advised].sort()).toEqual(Object.keys(CHANGE).sort());
}, 60_000);
