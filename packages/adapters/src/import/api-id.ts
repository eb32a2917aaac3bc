/** An id as the API makes it, of a message or of a request: null for all else that begins like one. */
export function apiId(kind: "msg" | "req", value: unknown): string | null {
  return typeof value === "string" && OF_KIND[kind].test(value) ? value : null;
}

const OF_KIND = { msg: /^msg_\w{1,80}$/, req: /^req_\w{1,80}$/ } as const;
