// Makes calls of many kinds, many at once, with a client that is attached to a ledger. Prints what its caller saw of each.
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import { attach, label } from "@farthing/adapters/anthropic";
import { openLedger } from "@farthing/ledger";

/** As in `mixed-api.ts`. */
const KINDS = [
  "answered",
  "streamed",
  "left early",
  "aborted",
  "refused",
  "overloaded twice",
  "broken off once",
  "cut off",
  "timed out",
];

const { url, path, first, count, atOnce, recordQueue, haltAfter } = JSON.parse(process.argv[2]);

const ledger = await openLedger(path, {
  mode: "write",
  onError: () => undefined,
  ...(recordQueue === undefined ? {} : { recordQueue }),
});
const client = attach(new Anthropic({ apiKey: "sk-ant-test", baseURL: url, maxRetries: 2 }), ledger);

/** Reads a stream up to a number of deltas, or aborts it after so many. */
async function readStream(stream, leaveAfter, abortAfter = Infinity) {
  let deltas = 0;
  let output = null;
  for await (const event of stream) {
    if (event.type === "message_delta") output = event.usage.output_tokens;
    if (event.type !== "content_block_delta") continue;
    deltas += 1;
    if (deltas === leaveAfter) break;
    if (deltas === abortAfter) stream.controller.abort();
  }
  return `streamed ${deltas} ${output}`;
}

/** Makes one call; returns what its caller saw. */
async function makeCall(call) {
  const kind = KINDS[call % KINDS.length];
  const params = { model: "claude-sonnet-5", max_tokens: 64, messages: [{ role: "user", content: `Call ${call}.` }] };
  const options = { headers: { "x-call": String(call) }, middleware: [label({ call: String(call) })] };
  try {
    if (kind === "timed out") {
      await client.messages.create(params, { ...options, timeout: 300, maxRetries: 0 });
      return "answered";
    }
    if (!["streamed", "left early", "aborted", "cut off"].includes(kind)) {
      const { usage } = await client.messages.create(params, options);
      return `answered ${usage.output_tokens}`;
    }
    const stream = await client.messages.create({ ...params, stream: true }, options);
    if (kind !== "aborted") return await readStream(stream, kind === "left early" ? 3 : Infinity);
    const read = readStream(stream, Infinity, 3);
    // In Node 20 a read that waits when its call is aborted may never settle, with Farthing and without.
    return await Promise.race([read, once(stream.controller.signal, "abort").then(() => wait(200, "streamed 3 null"))]);
  } catch (error) {
    return error.status === undefined ? error.constructor.name : `${error.constructor.name} ${error.status}`;
  }
}

const seen = {};
let next = first;
let made = 0;
/** Where the calls are held up until somebody says to go on. */
let gate = null;
function haltWhereDue() {
  if (made !== haltAfter) return;
  gate = once(process.stdin, "data");
  process.stdout.write("halted\n");
}
async function makeCalls() {
  while (next < first + count) {
    await gate;
    const call = next;
    next += 1;
    if (call >= first + count) return;
    seen[call] = await makeCall(call);
    made += 1;
    haltWhereDue();
  }
}
async function makeAllCalls() {
  await gate;
  const running = [];
  for (let index = 0; index < Math.min(atOnce, count); index += 1) {
    running.push(makeCalls());
    // Connections are made between turns of the event loop, and a client waits for one 10 s.
    if (index % 25 === 24) await wait(1);
  }
  await Promise.all(running);
}
haltWhereDue();
await makeAllCalls();
process.stdin.destroy();

for (;;) {
  try {
    await ledger.flush();
    break;
  } catch {
    await wait(100);
  }
}
await ledger.close();
process.stdout.write(`${JSON.stringify(seen)}\n`);
