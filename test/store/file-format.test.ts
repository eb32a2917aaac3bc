import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { encodeEvent, openLedger } from "@farthing/ledger";
import { expect, it } from "vitest";
import { anUnknownEvent, aRequestCompleted } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// Reads a ledger by the rules of docs/reference/ledger-format.md alone.

const SUFFIX_BYTES = 93;

it("is what the reference says, so that any program can read a ledger", async () => {
  const path = join(temporaryFolder(), "ledger");
  const events = [aRequestCompleted({ id: "msg:ü💶" }), anUnknownEvent({ id: "2" }), anUnknownEvent({ id: "3" })];
  const times = [1_774_602_000_000, 1_774_602_000_001, 1_774_602_000_001];
  for (const [batch, now] of [
    [events.slice(0, 1), times[0]],
    [events.slice(1), times[1]],
  ] as const) {
    await using ledger = await openLedger(path, { mode: "write", create: true, now: () => now ?? 0 });
    await ledger.append(batch);
  }

  expect(JSON.parse(readFileSync(join(path, "ledger.json"), "utf8"))).toMatchObject({
    format: "farthing-ledger",
    version: 1,
  });
  const [name = "", ...others] = readdirSync(join(path, "segments"));
  expect(others).toEqual([]);
  const [, writer] = /^([0-9a-z]+)-00000001\.ndjson$/.exec(name) ?? [];
  const bytes = readFileSync(join(path, "segments", name));
  let chain = "0".repeat(64);
  let start = 0;
  for (const [index, event] of events.entries()) {
    const line = bytes.subarray(start, bytes.indexOf("\n", start));
    const body = line.subarray(0, line.length - SUFFIX_BYTES);
    chain = createHash("sha256").update(chain, "latin1").update(body).digest("hex");
    const crc = crc32(body).toString(16).padStart(8, "0");
    expect(line.toString("utf8")).toBe(`${body.toString("utf8")},"crc":"${crc}","chain":"${chain}"}`);
    expect(body.toString("utf8")).toBe(
      `{"writer":"${writer ?? ""}","seq":${String(index + 1)},"event":${encodeEvent(event)},"at":${String(times[index])}`,
    );
    start += line.length + 1;
  }
  expect(start).toBe(bytes.length);
});
