import {
  NO_CONTEXT,
  promptTokens,
  totalTokens,
  type BatchRequestSubmitted,
  type PromptFingerprint,
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

/** A fingerprint whose tokens, estimated before, sum to what was billed. */
function asBilled({ key, blocks }: PromptFingerprint, { usage }: ResponseRecorded): PromptFingerprint {
  const tokens = apportion(
    promptTokens(totalTokens(usage)),
    blocks.map((block) => block.tokens),
  );
  return { key, blocks: blocks.map((block, index) => ({ ...block, tokens: tokens[index] ?? 0 })) };
}
