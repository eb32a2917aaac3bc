import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { openLedger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const EVENTS = ["msg:1", "msg:2", "msg:3", "msg:4"].map((id) => aRequestCompleted({ id }));

/** A ledger whose events were appended one by one, each at the time the clock showed then. */
async function aLedger(clock: readonly number[], reopen: boolean): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  let shown = 0;
  const open = () => openLedger(path, { mode: "write", create: true, now: () => shown });
  let ledger = await open();
  for (const [index, now] of clock.entries()) {
    shown = now;
    await ledger.append(EVENTS.slice(index, index + 1));
    if (!reopen) continue;
    await ledger.close();
    ledger = await open();
  }
  await ledger.close();
  return path;
}

function timesIn(path: string): unknown[] {
  const lines = readFileSync(onlySegmentOf(path), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line).at);
}

describe("the time a line was recorded at", () => {
  it.each([false, true])("never goes back, though the clock does (opened anew for each line: %s)", async (reopen) => {
    expect(timesIn(await aLedger([5_000, 7_000, 1_000, 7_001], reopen))).toEqual([5_000, 7_000, 7_000, 7_001]);
  });

  it("may be missing, as in ledgers of early releases, which are gone on with", async () => {
    const path = await aLedger([5_000, 6_000], false);
    const segment = onlySegmentOf(path);
    let chain = "0".repeat(64);
    const early = readFileSync(segment, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => {
        const body = line.slice(0, line.lastIndexOf(',"at":'));
        chain = createHash("sha256").update(chain).update(body).digest("hex");
        return `${body},"crc":"${crc32(body).toString(16).padStart(8, "0")}","chain":"${chain}"}\n`;
      });
    writeFileSync(segment, early.join(""));
    await using ledger = await openLedger(path, { mode: "write", now: () => 9_000 });
    await ledger.append(EVENTS.slice(2, 3));
    expect(await eventsOf(ledger)).toEqual(EVENTS.slice(0, 3));
    expect(ledger.damage()).toEqual([]);
    expect(timesIn(path)).toEqual([undefined, undefined, 9_000]);
  });
});
