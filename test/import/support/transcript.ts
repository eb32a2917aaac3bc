/** The usage object of most lines here. */
export const USAGE = {
  input_tokens: 3,
  cache_creation_input_tokens: 500,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 500 },
  cache_read_input_tokens: 20_000,
  output_tokens: 8,
  service_tier: "standard",
};

interface LineFields {
  readonly [field: string]: unknown;
}

const COMMON = {
  isSidechain: false,
  userType: "external",
  cwd: "/home/dev/app",
  sessionId: "session-1",
  version: "2.1.39",
  gitBranch: "main",
};

/** Text that stands for what people and models write; no byte of it may reach a ledger. */
export const SECRET = "SECRET-PROMPT-TEXT";

/** A line the person, or a tool's result, wrote. */
export function userLine(fields: LineFields): LineFields {
  return { ...COMMON, type: "user", message: { role: "user", content: SECRET }, ...fields };
}

/** A line of a response; `message` is laid over the usual one. */
export function assistantLine({ message, ...fields }: LineFields & { readonly message?: LineFields } = {}): LineFields {
  return {
    ...COMMON,
    type: "assistant",
    requestId: "req_1",
    uuid: "a1",
    parentUuid: null,
    timestamp: "2026-02-11T10:00:05.000Z",
    ...fields,
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-opus-4-6",
      content: [{ type: "text", text: SECRET }],
      stop_reason: null,
      usage: USAGE,
      ...message,
    },
  };
}

/** What a sub-agent wrote, as the main transcript passes it on. */
export function progressLine(agentId: string, inner: LineFields, fields: LineFields): LineFields {
  return {
    ...COMMON,
    type: "progress",
    data: { type: "agent_progress", agentId, prompt: SECRET, message: inner },
    ...fields,
  };
}

export function compactBoundary(fields: LineFields): LineFields {
  return { ...COMMON, type: "system", subtype: "compact_boundary", parentUuid: null, content: SECRET, ...fields };
}

/** Lines as a file holds them, each with its newline. */
export function ndjson(...lines: readonly (object | string)[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
}
