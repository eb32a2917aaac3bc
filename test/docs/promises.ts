import type { Drive } from "./run-example.ts";

/** What a guide promises of one of its examples. */
export interface Promised {
  /** Each attempt that was recorded, however often: its type, service and labels. */
  readonly attempts: readonly string[];
  /** Types of the other events, sorted. Otherwise those that say when a service was recorded. */
  readonly others?: readonly string[];
  /** How many requests the API got. Otherwise as many as there are attempts. */
  readonly sent?: number;
  readonly prints?: RegExp;
  readonly stderr?: string;
  /** Where events go. Otherwise into the ledger. */
  readonly goesTo?: "ledger" | "stdout" | "usage.ndjson";
  /** The example runs where the one before it has run. */
  readonly after?: true;
  /** Does what the world around the program does, such as call a server. */
  readonly drive?: Drive;
  /** Statements of a program that imports what the example exports, as `example`. */
  readonly calls?: string;
  /** Of the address that the client takes for the API's. */
  readonly apiPath?: string;
  /** Other releases of the SDK that it holds for. */
  readonly sdks?: readonly string[];
}

const ONE = { attempts: ["RequestCompleted shop"] } as const;

/** By document and heading. */
export const PROMISES: Readonly<Record<string, Readonly<Record<string, Promised>>>> = {
  "README.md": { "Attach it": ONE },
  "docs/guides/attach.md": {
    "Attach it to a service": { ...ONE, prints: /^10\n$/ },
    // It is on, and off, and one call is made after that.
    "Turn it off": { attempts: [], sent: 1 },
    "Say what calls are for": { attempts: ["RequestCompleted shop feature=ranking team=search tenant=acme"] },
  },
  "docs/guides/attach-clients.md": {
    "Anthropic SDK": {
      attempts: ["RequestCompleted shop", "RequestInterrupted shop", "RequestCompleted shop"],
      others: ["CaptureStarted", "CaptureStarted", "CaptureStopped", "CaptureStopped"],
      prints: /^A fine answer\.$/,
    },
    "Older Anthropic SDKs": { ...ONE, sdks: ["sdk-0.39", "sdk-0.60", "sdk-0.100", "sdk-0.101"] },
    "Vercel AI SDK": { attempts: ["RequestCompleted shop feature=greeting"], apiPath: "/v1", prints: /^A fine answer/ },
    LangChain: { ...ONE, prints: /^A fine answer/ },
    "Amazon Bedrock": ONE,
    "Google Vertex AI": ONE,
    "Microsoft Foundry": ONE,
    OpenTelemetry: { ...ONE, others: [] },
    "Another language, or no client at all": { ...ONE, others: [], goesTo: "usage.ndjson" },
  },
  "docs/guides/attach-places.md": {
    "A server": {
      attempts: ["RequestCompleted answers route=/about"],
      async drive({ printed, kill }) {
        const [, port] = await printed(/listening on (\d+)/);
        await fetch(`http://127.0.0.1:${String(port)}/about?x=1`, { headers: { connection: "close" } });
        kill("SIGTERM");
      },
    },
    "A serverless function": {
      ...ONE,
      goesTo: "stdout",
      prints: /\nend_turn after 1\n/,
      calls: `
        const waited = [];
        const answer = await example.handle("What is this?", { waitUntil: (work) => void waited.push(work) });
        await Promise.all(waited);
        console.log(answer, "after", waited.length);`,
    },
    "A serverless function without waitUntil": {
      ...ONE,
      goesTo: "stdout",
      prints: /\nmsg_1 is all\n/,
      calls: `
        const id = await example.handler({ question: "What is this?" });
        process.stdout.write(id + " is all\\n");`,
    },
    "A container": { ...ONE, goesTo: "stdout", stderr: "answered\n" },
    NestJS: {
      ...ONE,
      // What Nest does with providers: makes each from what it asks for, and tells them of the end.
      calls: `
        const [usage, claude] = example.claudeProviders;
        const ledger = await usage.useFactory();
        const client = claude.useFactory(ledger);
        const messages = [{ role: "user", content: "Good day." }];
        await client.messages.create({ model: "claude-sonnet-5", max_tokens: 64, messages });
        await ledger.onApplicationShutdown();`,
    },
    CommonJS: ONE,
  },
  "docs/guides/attach-more.md": {
    "Submit a batch": {
      attempts: [],
      others: ["BatchRequestSubmitted", "BatchRequestSubmitted", "BatchSubmitted", "CaptureStarted", "CaptureStopped"],
      sent: 1,
      prints: /^msgbatch_1\n$/,
    },
    "Read its results": {
      attempts: ["RequestCompleted shop feature=digest", "RequestCompleted shop feature=digest"],
      others: [
        "BatchEnded",
        "BatchRequestSubmitted",
        "BatchRequestSubmitted",
        "BatchSubmitted",
        "CaptureStarted",
        "CaptureStarted",
        "CaptureStopped",
        "CaptureStopped",
      ],
      sent: 4,
      after: true,
      prints: /^page-a succeeded\npage-b succeeded\n$/,
    },
    // 100 prompt tokens at $2 and 10 of output at $10 a million.
    "Warn at a budget": { ...ONE, prints: /^\$0\.000300 of \$50\.00\n$/ },
    // At $1 and $5: the third such call brings the sum to $0.00045.
    "Block at a budget": {
      attempts: ["RequestCompleted shop", "RequestCompleted shop", "RequestCompleted shop"],
      prints: /^the budget of \S+ is used up: .* calls go on at /,
    },
    // The same call, as a metric.
    "Export metrics": {
      attempts: ["RequestCompleted shop feature=greeting"],
      prints: /name: '?"?farthing\.cost[^]*'farthing\.label\.feature': 'greeting'[^]*value: 0\.0003\b/,
    },
    "Say whether a task succeeded": {
      attempts: [
        "RequestCompleted shop invoice=2026-117 workload=invoices",
        "RequestCompleted shop invoice=2026-117 workload=invoices",
      ],
      others: ["CaptureStarted", "CaptureStopped", "OutcomeRecorded"],
    },
    // 42 tokens at $2 and 256 of output at $10 a million: $0.002644.
    "Ask what a request would cost": {
      attempts: ["TokensCounted shop"],
      others: ["CaptureStarted", "CaptureStopped", "RequestEstimated"],
      prints: /^42 tokens of prompt, at most 256 of output\nat most \$0\.002644\n$/,
    },
  },
};
