import type { Instant } from "@farthing/ledger";
import { RESPONSES_MIN, TOOLS_SHARE_MIN } from "../thresholds.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { knownRequests } from "./prompt-reuse.ts";
import type { Situation } from "./strategy.ts";

/** The tools that a workload sends, and whether any is called. */
export interface ToolsSent {
  /** Requests that send tools. */
  readonly requests: number;
  /** Of these, how many are known to have been answered to the end without a call. */
  readonly ended: number;
  /** Whether a call was seen: an answer that stopped for one, one in a prompt, or a search on the API's side. */
  readonly isCalled: boolean;
  /** In the mean of the prompts that are known block by block; null where none of these has tools. */
  readonly tools: {
    readonly count: number;
    readonly tokens: number;
    readonly share: number;
    readonly isLarge: boolean;
  } | null;
  readonly first: Instant;
  readonly last: Instant;
}

/** Such as `assistant.tool_use` and `assistant.server_tool_use`. */
const CALL = /^assistant\..*tool_use$/;

/** Answers that stopped otherwise may have been about to call. */
const ENDED: readonly (string | null)[] = ["end_turn", "stop_sequence"];

/** What is recorded of a workload's tools; null where too few requests send any. */
export function toolsSent(situation: Situation): ToolsSent | null {
  const { trace, members } = situation;
  const requests = members.flatMap((index) => trace.requests[index] ?? []);
  const sending = requests.filter(({ shape }) => (shape?.toolCount ?? 0) > 0);
  const [first, last] = [sending[0], sending.at(-1)];
  if (first === undefined || last === undefined || sending.length < RESPONSES_MIN) return null;
  const { hasCalls, tools } = inPrompts(situation);
  return {
    requests: sending.length,
    ended: sending.filter(({ stopReason }) => ENDED.includes(stopReason)).length,
    isCalled: hasCalls || requests.some(stoppedForACall),
    tools,
    first: first.startedAt,
    last: last.startedAt,
  };
}

/** Whether a block is a tool of the user's own: those of the API's have kinds of their own. */
export function isOwnTool(prefix: number, table: PrefixTable): boolean {
  const block = table.kindOf(prefix);
  return block?.section === "tools" && block.kind === "tool";
}

function stoppedForACall({ stopReason, usage }: TraceRequest): boolean {
  return stopReason === "tool_use" || stopReason === "pause_turn" || usage.webSearchRequests > 0;
}

function inPrompts({ trace, members }: Situation): Pick<ToolsSent, "tools"> & { readonly hasCalls: boolean } {
  let hasCalls = false;
  const sums = { prompts: 0, tools: 0, toolTokens: 0, tokens: 0 };
  for (const { prompt, table } of knownRequests(trace, members)) {
    const { prefixes, ends } = prompt.blocks;
    let tools = 0;
    for (let index = 0; index < prefixes.length; index += 1) {
      const prefix = prefixes[index] ?? 0;
      hasCalls ||= CALL.test(table.kindOf(prefix)?.kind ?? "");
      if (!isOwnTool(prefix, table)) continue;
      tools += 1;
      sums.toolTokens += (ends[index] ?? 0) - (index === 0 ? 0 : (ends[index - 1] ?? 0));
    }
    if (tools === 0) continue;
    sums.prompts += 1;
    sums.tools += tools;
    sums.tokens += ends.at(-1) ?? 0;
  }
  if (sums.prompts === 0) return { hasCalls, tools: null };
  const share = sums.tokens === 0 ? 0 : sums.toolTokens / sums.tokens;
  const isLarge = share >= TOOLS_SHARE_MIN && sums.prompts >= RESPONSES_MIN;
  const [count, tokens] = [Math.round(sums.tools / sums.prompts), Math.round(sums.toolTokens / sums.prompts)];
  return { hasCalls, tools: { count, tokens, share, isLarge } };
}
