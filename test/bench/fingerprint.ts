import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { parseKey, type LedgerKey } from "@farthing/ledger";
import type { BenchContext } from "./benchmark.ts";
import { promptOf } from "./capture/prompts.ts";
import { median } from "./measure.ts";
import { BENCH_FOLDER } from "./rivals.ts";
import { figure, table, times } from "./show.ts";

/** Of `@farthing/adapters`, and no subpath of its own. */
interface Prompts {
  digestPrompt(body: unknown): object | null;
  fingerprintOf(digest: object, key: LedgerKey, billedPromptTokens: number | null): object;
}

const PROMPTS = pathToFileURL(join(BENCH_FOLDER, "../../packages/adapters/dist/prompts/index.js")).href;
const CALLS = 400;
const BILLED_TOKENS = 5_179;

/** What the fingerprint of a prompt takes, beside writing its request as JSON, which its client has to do anyway. */
export async function measureFingerprints(context: BenchContext): Promise<void> {
  const prompts = (await import(PROMPTS)) as Prompts;
  const key = parseKey("cd".repeat(32));
  const fingerprint = (body: unknown): unknown => {
    const digest = prompts.digestPrompt(body);
    return digest === null ? null : prompts.fingerprintOf(digest, key, BILLED_TOKENS);
  };
  const rows = [];
  for (const [size, name] of [
    ["small", "4.6 KB"],
    ["large", "100 KB"],
  ] as const) {
    const same = promptOf(size);
    const again = (index: number): unknown => same(index);
    const taken = {
      first: takeBoth(fingerprint, (index) => unheardOf(same(index), index)),
      kept: takeBoth(fingerprint, again),
      read: takeBoth(fingerprint, (index) => JSON.parse(JSON.stringify(again(index)))),
    };
    const names = { first: "never seen", kept: "the same objects, and a new question", read: "the same, read anew" };
    for (const way of ["first", "kept", "read"] as const) {
      const { stringify, fingerprint } = taken[way];
      rows.push([`${name}: ${names[way]}`, figure(stringify), figure(fingerprint), times(fingerprint, stringify)]);
    }
    judge(context, name, "first sight at most 2.1x", taken.first, 2.1);
    if (size === "small") continue;
    judge(context, name, "repeated prefix at most 0.3x", taken.kept, 0.3);
    judge(context, name, "repeated prefix, read anew, at most 0.3x", taken.read, 0.3);
  }
  context.print("");
  const head = ["fingerprint of a prompt, us, p50", "JSON.stringify", "fingerprint", "ratio"];
  for (const line of table([head, ...rows])) context.print(line);
}

interface Both {
  readonly stringify: number;
  readonly fingerprint: number;
}

function judge(
  context: BenchContext,
  name: string,
  goal: string,
  { stringify, fingerprint }: Both,
  most: number,
): void {
  context.found({
    row: "4",
    goal: `fingerprint of ${name}, ${goal} JSON.stringify`,
    figure: times(fingerprint, stringify),
    holds: fingerprint <= most * stringify,
  });
}

/** Microseconds that each takes of bodies that are made one after the other; the medians. */
function takeBoth(fingerprint: (body: unknown) => unknown, bodyOf: (index: number) => unknown): Both {
  const stringifies: number[] = [];
  const fingerprints: number[] = [];
  for (let index = 0; index < CALLS; index += 1) {
    const body = bodyOf(index);
    stringifies.push(microseconds(() => JSON.stringify(body)));
    fingerprints.push(microseconds(() => fingerprint(body)));
  }
  return { stringify: median(stringifies), fingerprint: median(fingerprints) };
}

function microseconds(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) * 1000;
}

/** The same with other texts: every one of them is new. */
function unheardOf(body: unknown, index: number): unknown {
  const json = JSON.stringify(body);
  return JSON.parse(json.replaceAll('says \\"', `says \\"${String(index)}`));
}
