import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../support/run-cli.ts";

/** A transcript with a response, one of an unknown model, a bad line and a last line that has not ended. */
export function aFolderToImport(): string {
  const folder = join(emptyFolder(), "projects", "app");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "session.jsonl");
  const line = (id: string, model: string): string =>
    JSON.stringify({
      type: "assistant",
      sessionId: "session-1",
      uuid: id,
      parentUuid: null,
      requestId: `req_${id}`,
      timestamp: "2026-10-01T10:00:00.000Z",
      message: { id, model, role: "assistant", stop_reason: "end_turn", usage: { input_tokens: 3, output_tokens: 8 } },
    });
  writeFileSync(file, `${line("msg_1", "claude-opus-5")}\n${line("msg_2", "claude-haiku-9")}\nnonsense\n`);
  appendFileSync(file, line("msg_3", "claude-opus-5").slice(0, -20));
  return folder;
}

/** A folder with a file of rows. */
export function aRecordFile(name: string, rows: readonly unknown[]): string {
  const folder = emptyFolder();
  writeFileSync(join(folder, name), JSON.stringify(rows));
  return folder;
}

/** A folder with the stream of an agent: a result whose figure is wrong, and one of a model without a price. */
export function anAgentStream(): string {
  const folder = emptyFolder();
  const use = (costUSD: number) => ({ inputTokens: 3, outputTokens: 8, costUSD });
  const modelUsage = { "claude-opus-5": use(1), "claude-haiku-9": use(1) };
  const usage = { input_tokens: 3, output_tokens: 1 };
  const messages = [
    { type: "assistant", message: { id: "msg_1", model: "claude-opus-5", usage } },
    { type: "assistant", message: { id: "msg_2", model: "claude-haiku-9", usage } },
    { type: "result", uuid: "1", total_cost_usd: 2, usage, modelUsage },
    7,
  ];
  writeFileSync(join(folder, "run.json"), JSON.stringify(messages));
  return folder;
}
