import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Anthropic, ClientOptions } from "@anthropic-ai/sdk";
import { quantile } from "../measure.ts";
import { installRivals } from "../rivals.ts";
import { CASES, type CaptureCase, type MeasuredCase, type MeasuredVariant } from "./measured.ts";
import { promptOf } from "./prompts.ts";
import { stubApi } from "./stub-api.ts";
import { VARIANTS, type RecordedClient } from "./variants.ts";

/** The SDK as CommonJS, whose classes instrumentation can patch. */
interface Sdk {
  readonly default: { readonly default: new (options: ClientOptions) => Anthropic };
}

// One way of recording, in a process of its own: `program.js <variant> <folder>`. Prints null where it is skipped.
const [, , name = "", folder = ""] = process.argv;

const rivals = installRivals((line) => {
  console.error(line);
});
const variant = VARIANTS[name];
if (variant === undefined) throw new Error(`there is no way "${name}" to record`);
const sdk = await rivals.load<Sdk>("@anthropic-ai/sdk");
let answer: (id?: unknown) => Promise<Response> = stubApi(null);
const options: ClientOptions = {
  apiKey: "none",
  baseURL: "http://api.invalid",
  maxRetries: 0,
  fetch: async () => answer(),
};
const recorded = sdk === null ? null : await variant(sdk.default.default, options, rivals, folder);
console.log(JSON.stringify(recorded === null ? null : await measureAll(recorded)));

async function measureAll(way: RecordedClient): Promise<MeasuredVariant> {
  const cases: MeasuredCase[] = [];
  for (const each of CASES) cases.push(await measureCase(way, each));
  const { rss } = process.memoryUsage();
  return { cases, rssMB: rss / 1024 / 1024, recorded: await way.recorded() };
}

async function measureCase(
  way: RecordedClient,
  { deltas, prompt, warmUps, calls }: CaptureCase,
): Promise<MeasuredCase> {
  answer = stubApi(deltas);
  const paramsOf = promptOf(prompt);
  const takes: number[] = [];
  const firsts: number[] = [];
  const call = async (index: number): Promise<void> => {
    const params = paramsOf(index);
    const startedAt = performance.now();
    let firstAt = NaN;
    if (deltas === null) {
      await way.client.messages.create(params);
      firstAt = performance.now();
    } else {
      for await (const _ of await way.client.messages.create({ ...params, stream: true })) {
        if (Number.isNaN(firstAt)) firstAt = performance.now();
      }
    }
    takes.push(performance.now() - startedAt);
    firsts.push((firstAt - startedAt) * 1000);
  };
  for (let index = 0; index < warmUps; index += 1) await call(index);
  await way.flush();
  takes.length = 0;
  firsts.length = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index += 1) await call(warmUps + index);
  await way.flush();
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  return {
    cpu: (user + system) / calls,
    p50: quantile(takes, 0.5),
    p99: quantile(takes, 0.99),
    first: quantile(firsts, 0.5),
    loopDelay: delay.percentile(99) / 1e6,
  };
}
