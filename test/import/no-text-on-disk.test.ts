import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importClaudeCode } from "@farthing/adapters/claude-code";
import { openLedger } from "@farthing/ledger";
import { expect, it } from "vitest";
import { aFolder, write } from "./support/folder.ts";
import { assistantLine, compactBoundary, ndjson, progressLine, SECRET, userLine } from "./support/transcript.ts";

it("no text of a prompt or an answer is in any byte of a ledger that transcripts were imported into", async () => {
  const folder = aFolder();
  const file = write(
    folder,
    "projects/app/session-1.jsonl",
    ndjson(
      userLine({ uuid: "u1", timestamp: "2026-02-11T10:00:00Z", summary: SECRET, toolUseResult: SECRET }),
      assistantLine({ parentUuid: "u1", slug: SECRET, error: SECRET, message: { container: SECRET } }),
      compactBoundary({ uuid: "c1", timestamp: "2026-02-11T10:01:00Z" }),
      progressLine("a77", assistantLine({ message: { id: "msg_2" } }), {
        uuid: "p1",
        timestamp: "2026-02-11T10:02:00Z",
      }),
      // What is skipped must not come back in a report that is kept.
      `${SECRET} is not JSON`,
      assistantLine({ message: { id: "msg_3", usage: undefined } }),
    ) + `{"half":"${SECRET}`,
  );
  const path = join(folder, "ledger");
  const ledger = await openLedger(path, { mode: "write", create: true });
  const report = await importClaudeCode({ ledger, paths: [file], env: {}, home: folder });
  await ledger.close();

  expect(report).toMatchObject({ outcomes: { appended: 2 }, skipped: { total: 2 } });
  expect(JSON.stringify(report)).not.toContain(SECRET);
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
  expect(bytes).toContain("msg:msg_1");
  expect(bytes).toContain(file);
  expect(bytes).not.toContain(SECRET);
});
