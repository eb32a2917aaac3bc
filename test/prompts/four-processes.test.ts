import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { fingerprint } from "./fingerprints.ts";

const BODY = {
  model: "claude-opus-5",
  tools: [{ name: "find", input_schema: { type: "object" } }],
  system: "Be kind. ".repeat(2_000),
  messages: Array.from({ length: 60 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `m${String(index)}`,
  })),
};

/** The fingerprint of the body in a process of its own, as JSON. */
async function elsewhere(key: string): Promise<string> {
  const url = (path: string): string => JSON.stringify(pathToFileURL(join(REPOSITORY, path)).href);
  const script = `
    const { parseKey } = await import(${url("packages/ledger/dist/index.js")});
    const { digestPrompt, fingerprintOf } = await import(${url("packages/adapters/dist/prompts/index.js")});
    console.log(JSON.stringify(fingerprintOf(digestPrompt(${JSON.stringify(BODY)}), parseKey(${JSON.stringify(key)}), 5000)));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return (await text(child.stdout)).trim();
}

describe("four processes", () => {
  it("agree on a prompt under one key, and share no hash with one under another", async () => {
    const key = "0f".repeat(32);
    const [one, two, three, other = ""] = await Promise.all([key, key, key, "ab".repeat(32)].map(elsewhere));
    const mine = fingerprint(BODY, undefined, 5_000);

    expect([one, two, three]).toEqual(Array.from({ length: 3 }, () => JSON.stringify(mine)));
    for (const { hash } of mine.blocks) expect(other).not.toContain(hash);
  });
});
