import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One recorded exchange with the API. */
export interface Exchange {
  readonly name: string;
  readonly method: string;
  /** Path and query of the request. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly isStream: boolean;
  /** Null where none was sent, or none was kept. */
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly response: Buffer;
  /** As the response reports it; empty where it reports none. */
  readonly usage: Readonly<Record<string, unknown>>;
}

/** All exchanges of a folder of recordings, in order. */
export function readExchanges(folder: string): Exchange[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readExchange(join(folder, name), name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Meta {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly content_type: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: boolean;
  readonly usage: Readonly<Record<string, unknown>>;
}

function readExchange(folder: string, name: string): Exchange {
  const meta = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8")) as Meta;
  const request = readFileSync(join(folder, "request.json"), "utf8");
  const url = new URL(meta.url);
  return {
    name,
    method: meta.method,
    path: url.pathname + url.search,
    status: meta.status,
    headers: {
      ...meta.headers,
      "content-type": meta.content_type ?? (meta.stream ? "text/event-stream" : "application/json"),
    },
    isStream: meta.stream,
    request: request.trim() === "" ? null : (JSON.parse(request) as Exchange["request"]),
    response: readFileSync(join(folder, "response.body")),
    usage: meta.usage,
  };
}
