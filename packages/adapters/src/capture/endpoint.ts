/** What a request asks the API for, as far as it is recorded. */
export type Endpoint =
  | { readonly kind: "message" | "count-tokens" | "batch-create" | "batch-list" }
  | { readonly kind: "batch-read" | "batch-cancel" | "batch-results"; readonly batch: string };

const MESSAGES = /\/v1\/messages(?:\/(count_tokens|batches)(?:\/([^/]+)(?:\/(cancel|results))?)?)?\/?$/;

/** The endpoint of a request; null for those that nothing is recorded of, such as lists of models. */
export function endpointOf(method: string, url: string): Endpoint | null {
  if (url !== newest.url || method !== newest.method) newest = { method, url, endpoint: readEndpoint(method, url) };
  return newest.endpoint;
}

/** What was asked last: a client mostly asks for the same. */
let newest: { readonly method: string; readonly url: string; readonly endpoint: Endpoint | null } = {
  method: "",
  url: "",
  endpoint: null,
};

function readEndpoint(method: string, url: string): Endpoint | null {
  const query = url.search(/[?#]/);
  const found = MESSAGES.exec(query === -1 ? url : url.slice(0, query));
  if (found === null) return null;
  const [, part, batch, action] = found;
  const verb = method.toUpperCase();
  if (part === undefined) return verb === "POST" ? { kind: "message" } : null;
  if (part === "count_tokens") return verb === "POST" && batch === undefined ? { kind: "count-tokens" } : null;
  if (batch === undefined) return batchesEndpoint(verb);
  if (action === "cancel") return verb === "POST" ? { kind: "batch-cancel", batch } : null;
  if (verb !== "GET") return null;
  return action === "results" ? { kind: "batch-results", batch } : { kind: "batch-read", batch };
}

function batchesEndpoint(verb: string): Endpoint | null {
  if (verb === "POST") return { kind: "batch-create" };
  return verb === "GET" ? { kind: "batch-list" } : null;
}
