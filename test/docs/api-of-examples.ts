import { setTimeout as wait } from "node:timers/promises";
import { apiMessage, apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import { bytesReply, jsonReply, type Reply } from "../support/loopback-api.ts";

/** Where Google's credentials are exchanged. */
export const GOOGLE_TOKEN = "/google-token";

const googleToken = {
  access_token: "secret",
  issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
  token_type: "Bearer",
  expires_in: 3600,
};

/** The API as far as the guides' examples use it: every message is a new one, and a batch ends at once. */
export function apiOfExamples(): Reply {
  let messages = 0;
  let batch: readonly string[] = [];
  return (request, to) => {
    const [path = ""] = request.path.split("?");
    const body = request.body.startsWith("{") ? (JSON.parse(request.body) as Readonly<Record<string, unknown>>) : {};
    const respond = (): Reply => {
      if (path === GOOGLE_TOKEN) return jsonReply(googleToken);
      if (path.endsWith("/count_tokens")) return jsonReply({ input_tokens: 42 });
      if (path.endsWith("/results")) return bytesReply(batch.map((custom) => `${JSON.stringify(resultOf(custom))}\n`));
      if (path.includes("/batches")) {
        if (request.method === "POST")
          batch = (body["requests"] as { custom_id: string }[]).map((each) => each.custom_id);
        const url = `http://${String(request.headers.host)}/v1/messages/batches/msgbatch_1/results`;
        return jsonReply(batchOf(batch.length, request.method === "POST" ? null : url));
      }
      messages += 1;
      const id = `msg_${String(messages)}`;
      const headers = { "request-id": `req_${String(messages)}` };
      const model = body["model"] ?? "claude-sonnet-5";
      if (body["stream"] === true) return slowly(apiMessageEvents({ message: { id, model } }));
      return jsonReply(apiMessage({ id, model }), { headers });
    };
    return respond()(request, to);
  };
}

/** A stream of which the client has read some before the rest is sent. */
function slowly(events: readonly { readonly type: string }[]): Reply {
  return async (_request, to) => {
    to.head(200, { "content-type": "text/event-stream" });
    for (const event of events) {
      if (!(await to.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))) return;
      await wait(20);
    }
    to.end();
  };
}

function resultOf(custom: string): unknown {
  const message = apiMessage({ id: `msg_${custom}`, usage: apiUsage({ service_tier: "batch" }) });
  return { custom_id: custom, result: { type: "succeeded", message } };
}

/** @param results Where the results are; null while there are none. */
function batchOf(requests: number, results: string | null): unknown {
  const hasEnded = results !== null;
  const [now, tomorrow] = [new Date(), new Date(Date.now() + 86_400_000)];
  return {
    id: "msgbatch_1",
    type: "message_batch",
    processing_status: hasEnded ? "ended" : "in_progress",
    request_counts: {
      processing: hasEnded ? 0 : requests,
      succeeded: hasEnded ? requests : 0,
      errored: 0,
      canceled: 0,
      expired: 0,
    },
    created_at: now.toISOString(),
    expires_at: tomorrow.toISOString(),
    ended_at: hasEnded ? now.toISOString() : null,
    archived_at: null,
    cancel_initiated_at: null,
    results_url: results,
  };
}
