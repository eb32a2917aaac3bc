/** Platforms of others answer 400 to what they do not know. */
const OTHER_PLATFORMS = /^https?:\/\/[^/]*(?:amazonaws|api\.aws|googleapis|azure|microsoft)\b/i;

/** Whether a request can be told which response it goes on from. */
export function namesPrevious({ url, body }: { readonly url: string; readonly body?: unknown }): boolean {
  return typeof body === "string" && body.startsWith("{") && body.endsWith("}") && !OTHER_PLATFORMS.test(url);
}

/**
 * The request with `diagnostics.previous_message_id` at the end of its JSON.
 *
 * The object the user passed is not touched, and the rest is not written again.
 */
export function withPrevious<R extends { readonly body?: unknown }>(request: R, previous: string | null): R {
  const { body } = request;
  if (typeof body !== "string") return request;
  const diagnostics = `"diagnostics":{"previous_message_id":${JSON.stringify(previous)}}}`;
  return { ...request, body: `${body.slice(0, body.lastIndexOf("}"))},${diagnostics}` };
}
