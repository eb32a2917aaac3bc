import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Loopback {
  readonly url: string;
  /** Paths of the requests that arrived. */
  readonly arrived: string[];
  /** Lets one request that waits be answered. */
  release(): void;
}

/** A message of 1,000 output tokens: 0.025 dollars of Opus 5. */
function aMessage(id: string): object {
  return {
    id,
    type: "message",
    role: "assistant",
    model: "claude-opus-5",
    content: [{ type: "text", text: "yes" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 1000, service_tier: "standard" },
  };
}

/** A server that answers every message at once, or, with `holds`, when it is told to. */
export async function aLoopback({ holds = false } = {}): Promise<Loopback> {
  const arrived: string[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    arrived.push(request.url ?? "");
    const id = String(arrived.length);
    const answer = (): void => {
      const isCount = request.url?.includes("count_tokens") === true;
      response.setHeader("request-id", `req_${id}`);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(isCount ? { input_tokens: 3 } : aMessage(`msg_${id}`)));
    };
    request.resume().on("end", () => (holds ? waiting.push(answer) : answer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, arrived, release: () => waiting.shift()?.() };
}
