import { describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../support/run-cli.ts";

describe("farthing bill set", () => {
  it("replaces an amount of the same period, records the same one once, and can go back", async () => {
    const cwd = emptyFolder();
    const set = async (usd: string, now: string): Promise<unknown> => {
      const args = ["bill", "set", "2026-10", usd, "--ledger", "l", "--format", "json", "--now", now];
      return JSON.parse((await runCli(args, { cwd })).stdout);
    };
    expect(await set("100", "2026-11-01")).toMatchObject({ usd: "100", previous: null, added: true });
    expect(await set("100.00", "2026-11-02")).toMatchObject({ usd: "100", previous: "100", added: false });
    expect(await set("90", "2026-11-03")).toMatchObject({ previous: "100", added: true });
    expect(await set("100", "2026-11-04")).toMatchObject({ previous: "90", added: true });
    expect(await set("100", "2026-11-05")).toMatchObject({ previous: "100", added: false });
  });

  it("takes the ends of a period from the time zone", async () => {
    const args = ["bill", "set", "2026-10", "1", "--ledger", "l", "--tz", "Europe/Berlin", "--format", "json"];
    const { stdout } = await runCli(args);
    expect(JSON.parse(stdout)).toMatchObject({
      since: "2026-09-30T22:00:00.000Z",
      until: "2026-10-31T23:00:00.000Z",
    });
  });

  it.each([
    ["2026-13", "1"],
    ["2026-10..2026-11", "1"],
    ["2026-10", "1e3"],
    ["2026-10", "$5"],
  ])("refuses %s %s", async (period, usd) => {
    expect((await runCli(["bill", "set", period, usd, "--ledger", "l"])).exitCode).toBe(2);
  });
});
