import {
  isResponse,
  NO_CONTEXT,
  promptTokens,
  totalTokens,
  type BatchRequestSubmitted,
  type LedgerEvent,
  type PromptFingerprint,
  type RequestRecorded,
  type ResponseRecorded,
} from "@farthing/ledger";
import { apportion } from "../prompts/apportion.ts";
import type { BatchCall } from "./batch-call.ts";

/** A response with what is known of its request from when it was submitted. The snapshot is the same. */
export function joined<T extends ResponseRecorded>(response: T, submission: BatchRequestSubmitted): T {
  const { requestedModel, request, context, labels, prompt } = submission;
  return {
    ...response,
    requestedModel,
    request,
    context,
    labels,
    ...(prompt === undefined ? {} : { prompt: asBilled(prompt, response) }),
  };
}

/** A response whose submission nobody recorded: what is known of who read it is the best there is. */
export function readBy<T extends ResponseRecorded>(response: T, { context, labels }: BatchCall): T {
  return { ...response, context, labels };
}

/** Where nothing can be looked up: what is mostly the same where a batch is submitted and where it is read. */
export function readSomewhere<T extends ResponseRecorded>(response: T, { context }: BatchCall): T {
  const { project, service, environment } = context;
  return { ...response, context: { ...NO_CONTEXT, project, service, environment } };
}

/** Whether nothing is known of a response's request yet. */
export function isUnjoined({ requestedModel, context, labels }: ResponseRecorded): boolean {
  return (
    requestedModel === null &&
    Object.keys(labels).length === 0 &&
    Object.values(context).every((value) => value === null)
  );
}

/** Whether everything about a result is known from what is recorded of it, as it is when it is read again. */
export function saysNothingNew(event: RequestRecorded, known: LedgerEvent): boolean {
  if (event.type === "BatchResultRecorded") return known.type === event.type && known.occurredAt === event.occurredAt;
  if (!isResponse(event) || !isResponse(known)) return false;
  const { prompt, request, usage } = event;
  return (
    known.occurredAt === event.occurredAt &&
    known.requestedModel === event.requestedModel &&
    (known.request !== null || request === null) &&
    (known.prompt !== undefined || prompt === undefined) &&
    holds(known.ids, event.ids) &&
    holds(known.context, event.context) &&
    holds(known.labels, event.labels) &&
    event.sources.every((source) => known.sources.includes(source)) &&
    known.finality === "complete" &&
    JSON.stringify(known.usage.parts) === JSON.stringify(usage.parts)
  );
}

function holds(known: object, fields: object): boolean {
  const held = new Map<string, unknown>(Object.entries(known));
  return Object.entries(fields).every(([name, value]) => value === null || held.get(name) === value);
}

/** A fingerprint whose tokens, estimated before, sum to what was billed. */
function asBilled({ key, blocks }: PromptFingerprint, { usage }: ResponseRecorded): PromptFingerprint {
  const tokens = apportion(
    promptTokens(totalTokens(usage)),
    blocks.map((block) => block.tokens),
  );
  return { key, blocks: blocks.map((block, index) => ({ ...block, tokens: tokens[index] ?? 0 })) };
}
