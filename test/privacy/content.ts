/** Fields of requests and answers that are no content: ids, and words of the API. */
const NO_CONTENT = new Set([
  "id",
  "type",
  "role",
  "model",
  "stop_reason",
  "service_tier",
  "inference_geo",
  "speed",
  "ttl",
  "effort",
  "custom_id",
  "request_id",
  "processing_status",
  "created_at",
  "ended_at",
  "expires_at",
]);

/** Whether the text of a field is content: whatever is no word is, even where the API has a word. */
function isContent(key: string, text: string): boolean {
  return !(NO_CONTENT.has(key) && /^[\w.:+-]{1,64}$/.test(text));
}

/** Every text of a JSON value that is content. */
export function contentOf(value: unknown, key = ""): string[] {
  if (typeof value === "string") return isContent(key, value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => contentOf(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => contentOf(inner, name));
}

/** The value with every text of content replaced by as much of nothing. */
export function withoutContent(value: unknown, key = ""): unknown {
  if (typeof value === "string") return isContent(key, value) ? "z".repeat(value.length) : value;
  if (Array.isArray(value)) return value.map((item) => withoutContent(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutContent(inner, name)]));
}

/** The JSON values of a body: it is one, or a line each of a batch's results, or one an event of a stream. */
export function mapBody(body: string, map: (value: unknown) => unknown): string {
  try {
    return JSON.stringify(map(JSON.parse(body)));
  } catch {
    return body
      .split("\n")
      .map((line) => mapLine(line, map))
      .join("\n");
  }
}

function mapLine(line: string, map: (value: unknown) => unknown): string {
  const [prefix, json] = line.startsWith("data: ") ? ["data: ", line.slice("data: ".length)] : ["", line];
  try {
    return prefix + JSON.stringify(map(JSON.parse(json)));
  } catch {
    return line;
  }
}
