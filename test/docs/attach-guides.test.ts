import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { merge, openLedger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { openLoopbackApi } from "../support/loopback-api.ts";
import { REPOSITORY } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { apiOfExamples, GOOGLE_TOKEN } from "./api-of-examples.ts";
import { examplesOf, isInstalled, type Example } from "./examples.ts";
import { blocksOf } from "./markdown.ts";
import { PROMISES, type Promised } from "./promises.ts";
import { runExamples, type ExampleRun } from "./run-example.ts";

const DOCUMENTS = [
  "README.md",
  "docs/guides/attach.md",
  "docs/guides/attach-clients.md",
  "docs/guides/attach-places.md",
  "docs/guides/attach-more.md",
];

const KEY = "6b65792d6f662d746865206578616d706c657320696e20746865206775696465";

describe.each(DOCUMENTS)("the examples of %s", (document) => {
  const examples = examplesOf(blocksOf(document, readFileSync(join(REPOSITORY, document), "utf8")));
  const promises = PROMISES[document] ?? {};

  it("are all run", () => {
    expect(Object.keys(promises)).toEqual(examples.map(({ heading }) => heading));
  });

  for (const [index, example] of examples.entries()) {
    const promised = promises[example.heading];
    if (promised === undefined) continue;
    const run = promised.after === undefined ? [example] : [...examples.slice(0, index), example].slice(-2);
    const title = `run: ${example.heading}`;
    itWith(example.needs, title, () => expectPromised(run, promised));
    for (const sdk of promised.sdks ?? []) {
      itWith([sdk], `${title}, with ${sdk}`, () => expectPromised([withSdk(example, sdk)], promised));
    }
  }
});

/** A test that needs packages from outside the workspace; where they are not installed it is skipped, and says how to. */
function itWith(names: readonly string[], title: string, test: () => Promise<void>): void {
  if (isInstalled(names)) it(title, test);
  else it.skip(`${title} (skipped: npx -y pnpm@10.34.9 --dir test/clients install)`);
}

/** Runs examples one after the other in one folder, and holds what they left against what is promised of the last. */
async function expectPromised(examples: readonly Example[], promised: Promised): Promise<void> {
  await using api = await openLoopbackApi(apiOfExamples());
  await runExamples(examples, environment(api.url, promised), promised, async (run) => {
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: promised.stderr ?? "" });
    if (promised.prints !== undefined) expect(run.stdout).toMatch(promised.prints);
    const events = merged(await eventsOf(run, promised));
    expect(events.filter(isAttempt).map(words)).toEqual(promised.attempts);
    const others = events.filter((event) => !isAttempt(event)).map(({ type }) => type);
    expect(others.toSorted()).toEqual(promised.others ?? ["CaptureStarted", "CaptureStopped"]);
    // What was sent, attempts or not, is what the example says it sends.
    const sent = api.requests.filter(({ path }) => path !== GOOGLE_TOKEN);
    expect(sent).toHaveLength(promised.sent ?? promised.attempts.length);
  });
}

/** What a client finds in its environment: where the API is, and credentials of nobody. */
function environment(url: string, { apiPath = "" }: Promised): NodeJS.ProcessEnv {
  return {
    ANTHROPIC_API_KEY: "sk-ant-test",
    ANTHROPIC_BASE_URL: `${url}${apiPath}`,
    ANTHROPIC_BEDROCK_BASE_URL: url,
    AWS_ACCESS_KEY_ID: "AKIATEST",
    AWS_SECRET_ACCESS_KEY: "secret",
    ANTHROPIC_VERTEX_BASE_URL: url,
    GOOGLE_APPLICATION_CREDENTIALS: googleCredentials(url),
    GOOGLE_CLOUD_PROJECT: "shop",
    ANTHROPIC_FOUNDRY_BASE_URL: `${url}/anthropic`,
    ANTHROPIC_FOUNDRY_API_KEY: "secret",
    FARTHING_KEY: KEY,
  };
}

/** A file of credentials that are exchanged at the address of the API. */
function googleCredentials(url: string): string {
  const folder = temporaryFolder();
  const [file, subject] = [join(folder, "credentials.json"), join(folder, "subject")];
  writeFileSync(subject, "nobody");
  const credentials = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/shop/providers/shop",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${url}${GOOGLE_TOKEN}`,
    credential_source: { file: subject },
  };
  writeFileSync(file, JSON.stringify(credentials));
  return file;
}

/** What was recorded: in the ledger, or as lines on standard output or in a file. */
async function eventsOf({ folder, stdout }: ExampleRun, { goesTo = "ledger" }: Promised): Promise<LedgerEvent[]> {
  if (goesTo === "stdout") return eventLines(stdout);
  if (goesTo === "usage.ndjson") {
    const lines = readFileSync(join(folder, goesTo), "utf8").trimEnd().split("\n");
    // The short form has no type: it is a response.
    return lines.map((line) => ({ type: "RequestCompleted", ...JSON.parse(line) }) as LedgerEvent);
  }
  await using ledger = await openLedger(join(folder, ".farthing"), { mode: "read" });
  const events: LedgerEvent[] = [];
  for await (const { event } of ledger.read()) events.push(event);
  return events;
}

/** Each event once, with all that is known of it. */
function merged(events: readonly LedgerEvent[]): LedgerEvent[] {
  const byId = new Map<string, LedgerEvent>();
  for (const event of events) {
    const known = byId.get(event.id);
    byId.set(event.id, known === undefined ? event : merge(known, event));
  }
  return [...byId.values()];
}

function eventLines(stdout: string): LedgerEvent[] {
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as LedgerEvent);
}

const ATTEMPTS = new Set(["RequestCompleted", "RequestInterrupted", "RequestFailed", "TokensCounted"]);

function isAttempt({ type }: LedgerEvent): boolean {
  return ATTEMPTS.has(type);
}

/** An attempt in short: its type, who made it and what for. */
function words(event: LedgerEvent): string {
  const { type } = event;
  const {
    service,
    context,
    labels = {},
  } = event as unknown as {
    readonly service?: string;
    readonly context?: { readonly service: string | null };
    readonly labels?: Readonly<Record<string, string>>;
  };
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [type, service ?? context?.service, ...pairs.toSorted()].join(" ");
}

/** The same with another release of the SDK, under the name it is installed by. */
function withSdk(example: Example, sdk: string): Example {
  const renamed = (line: string): string => line.replace('"@anthropic-ai/sdk"', `"${sdk}"`);
  const blocks = example.blocks.map((block) => ({ ...block, lines: block.lines.map(renamed) }));
  return { ...example, blocks, needs: [sdk] };
}
