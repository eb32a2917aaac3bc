import { ledgerFetch } from "@farthing/adapters/anthropic";
import { PARAMS } from "./attached-client.ts";
import type { EventRecorder } from "./recorded-events.ts";

/** The headers of a stream. */
export const STREAM = { "content-type": "text/event-stream" };

/** Events as the API writes them. */
export function written(events: readonly { readonly type: string }[], newline = "\n"): string {
  return events.map((e) => [`event: ${e.type}`, `data: ${JSON.stringify(e)}`, "", ""].join(newline)).join("");
}

/** What `ledgerFetch` gives for a stream of these chunks; `pulled` hears of each as it is asked for. */
export async function streamed(
  sink: EventRecorder,
  chunks: readonly Uint8Array[],
  pulled: number[] = [],
  init: ResponseInit = { headers: STREAM },
): Promise<Response> {
  const fetch = ledgerFetch(sink, {
    fetch: () => {
      let next = 0;
      const source = {
        pull(controller: ReadableStreamDefaultController<Uint8Array>) {
          const chunk = chunks[next];
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
          pulled.push(next);
          next += 1;
        },
      };
      return Promise.resolve(new Response(new ReadableStream(source, { highWaterMark: 0 }), init));
    },
  });
  return fetch("https://api.anthropic.com/v1/messages", {
    method: "POST",
    body: JSON.stringify({ ...PARAMS, stream: true }),
  });
}
