import { eventId, type Turn } from "./turn.ts";

/** How a request is seen: the first time, or again. */
export type Sighting =
  | "original"
  /** The same event, recorded a second time. */
  | "again"
  /** Seen by a gateway, which knows less of the caller and more of the answer. */
  | "gateway"
  /** The first line of the stream, before the answer was complete. */
  | "placeholder"
  /** A final count that disagrees: a few tokens less. */
  | "conflicting";

/** A correction is no sighting of a request, but names one. */
export function correctionText(turn: Turn): string {
  const id = eventId(turn);
  return `{"corrects":"${id}","id":"correction:${id}","occurredAt":"${instant(turn.occurredAt + 60_000)}","reason":"recorded by a load test","sources":["bench"],"type":"UsageCorrected","version":1}`;
}

/** Canonical JSON of the event for a turn: keys sorted at every depth, no white space. */
export function eventText(turn: Turn, sighting: Sighting): string {
  if (turn.fate === "failed-free" || turn.fate === "failed-unknown") return failureText(turn);
  const interrupted = turn.fate === "interrupted";
  const placeholder = sighting === "placeholder" && !interrupted;
  const gateway = sighting === "gateway";
  const output = placeholder
    ? 1
    : turn.tokens.output - (sighting === "conflicting" ? Math.min(3, turn.tokens.output) : 0);
  const finality = interrupted ? "interrupted" : placeholder ? "placeholder" : "complete";
  const observed = interrupted ? `"observedCharacters":${String(output * 4)},` : "";
  const stopReason = interrupted || placeholder ? "null" : turn.fate === "refused" ? '"refusal"' : stopReasonOf(turn);
  const prompt = gateway ? "" : `"prompt":{"blocks":[${turn.blocks}],"key":"k1"},`;
  return (
    `{"attempt":${String(turn.attempt)},"billedTo":"${turn.fate === "refused" ? "nobody" : "self"}","cacheMissReason":null,"conflicts":[],` +
    `"context":${contextText(turn, gateway)},"finality":"${finality}","id":"msg:${turn.message}","ids":${idsText(turn, gateway)},` +
    `"labels":${gateway ? "{}" : labelsText(turn)},${observed}"occurredAt":"${instant(turn.occurredAt)}",` +
    `"output":"${interrupted || placeholder ? "lower-bound" : "final"}",${prompt}"request":${requestText(turn)},` +
    `"requestedModel":"${turn.model}","servedModel":"${turn.model}","sources":["${gateway ? "gateway" : "anthropic-sdk"}"],` +
    `"stopReason":${stopReason},"timing":${timingText(turn, gateway)},"type":"${interrupted ? "RequestInterrupted" : "RequestCompleted"}",` +
    `"usage":${usageText(turn, output, placeholder)},"version":1}`
  );
}

function failureText(turn: Turn): string {
  const unknown = turn.fate === "failed-unknown";
  return (
    `{"attempt":${String(turn.attempt)},"context":${contextText(turn, false)},"cost":"${unknown ? "unknown" : "free"}",` +
    `"errorType":"${unknown ? "timeout" : "overloaded_error"}","id":"req:${turn.request}",` +
    `"ids":{"batch":null,"custom":null,"message":null,"previousMessage":null,"request":"${turn.request}","workspace":null},` +
    `"labels":${labelsText(turn)},"occurredAt":"${instant(turn.occurredAt)}","requestedModel":"${turn.model}",` +
    `"sources":["anthropic-sdk"],"status":${unknown ? "null" : "529"},"timing":${timingText(turn, false)},"type":"RequestFailed","version":1}`
  );
}

function stopReasonOf({ workload, request }: Turn): string {
  if (workload.habit === "agent") return '"tool_use"';
  return request.endsWith("z") ? '"max_tokens"' : '"end_turn"';
}

function contextText({ host, release, session, workload }: Turn, gateway: boolean): string {
  const callSite = gateway ? "null" : `"src/${workload.name}.ts:42"`;
  return (
    `{"agent":null,"callSite":${callSite},"clientVersion":null,"environment":"production","gitBranch":null,` +
    `"host":${gateway ? "null" : `"${host}"`},"project":null,"release":${gateway ? "null" : `"${release}"`},` +
    `"service":"${workload.service}","session":${orNull(gateway ? null : session)}}`
  );
}

function idsText({ batch, customId, message, previousMessage, request }: Turn, gateway: boolean): string {
  return (
    `{"batch":${orNull(batch)},"custom":${orNull(customId)},"message":"${message}","previousMessage":${orNull(previousMessage)},` +
    `"request":${batch === null ? `"${request}"` : "null"},"workspace":${gateway ? '"wrkspc_01BenchWorkspace"' : "null"}}`
  );
}

function labelsText({ tenant, workload }: Turn): string {
  return `{"tenant":"${tenant}","workload":"${workload.name}"}`;
}

function requestText({ workload }: Turn): string {
  const { habit, ttl, toolTokens } = workload;
  const breakpoints =
    ttl === null ? "[]" : `[{"section":"system","ttl":"${ttl}"},{"section":"messages","ttl":"${ttl}"}]`;
  return (
    `{"cacheBreakpoints":${breakpoints},"effort":null,"maxTokens":${habit === "agent" ? "16384" : "4096"},` +
    `"stream":${habit === "chat" || habit === "agent" ? "true" : "false"},"temperature":null,"thinking":null,` +
    `"thinkingBudgetTokens":null,"toolCount":${String(Math.ceil(toolTokens / 400))}}`
  );
}

function timingText({ startedAt, occurredAt }: Turn, gateway: boolean): string {
  const first = gateway ? `"${instant(startedAt + Math.floor((occurredAt - startedAt) / 4))}"` : "null";
  return `{"firstTokenAt":${first},"occurredAtProvenance":"reported","startedAt":"${instant(startedAt)}","startedAtProvenance":"reported"}`;
}

function usageText(
  { tokens, tier, speed, geography, thinkingTokens }: Turn,
  output: number,
  placeholder: boolean,
): string {
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead } = tokens;
  const thinking = placeholder ? null : thinkingTokens;
  const details = thinking === null ? "" : `"output_tokens_details":{"thinking_tokens":${String(thinking)}},`;
  return (
    `{"inferenceGeo":"${geography}","notes":[],"parts":[{"iteration":null,"kind":"response","model":null,` +
    `"tokens":{"cacheRead":${String(cacheRead)},"cacheWrite1h":${String(cacheWrite1h)},"cacheWrite5m":${String(cacheWrite5m)},` +
    `"output":${String(output)},"uncachedInput":${String(uncachedInput)}}}],` +
    `"raw":{"cache_creation":{"ephemeral_1h_input_tokens":${String(cacheWrite1h)},"ephemeral_5m_input_tokens":${String(cacheWrite5m)}},` +
    `"cache_creation_input_tokens":${String(cacheWrite5m + cacheWrite1h)},"cache_read_input_tokens":${String(cacheRead)},` +
    `"inference_geo":"${geography}","input_tokens":${String(uncachedInput)},"output_tokens":${String(output)},${details}` +
    `"service_tier":"${tier}","speed":"${speed}"},"serviceTier":"${tier}","speed":"${speed}",` +
    `"thinkingTokens":${thinking === null ? "null" : String(thinking)},"webFetchRequests":0,"webSearchRequests":0}`
  );
}

function orNull(text: string | null): string {
  return text === null ? "null" : `"${text}"`;
}

const DAY_MS = 86_400_000;
let dayOf = NaN;
let dayText = "";

/** As `toISOString`, which takes longer than all the rest of a line: days are remembered. */
function instant(at: number): string {
  const day = Math.floor(at / DAY_MS);
  if (day !== dayOf) {
    dayOf = day;
    dayText = new Date(day * DAY_MS).toISOString().slice(0, 11);
  }
  const ms = at - day * DAY_MS;
  const digits = (value: number, count: number): string => String(value).padStart(count, "0");
  return `${dayText}${digits(Math.floor(ms / 3_600_000), 2)}:${digits(Math.floor(ms / 60_000) % 60, 2)}:${digits(Math.floor(ms / 1000) % 60, 2)}.${digits(ms % 1000, 3)}Z`;
}
