import { fileURLToPath } from "node:url";
import type { Benchmark } from "./benchmark.ts";
import { FARTHING } from "./farthing.ts";
import { inTurns, runProcess } from "./measure.ts";
import { figure, size, table, times } from "./show.ts";

const PROGRAM = fileURLToPath(new URL("replay/program.js", import.meta.url));

/** Every checksum and the whole chain, against hashing the same bytes and looking at nothing. */
export const verifyBenchmark: Benchmark = {
  name: "verify",
  title: "farthing verify",
  async run(context) {
    for (const events of context.sizes) {
      const ledger = await context.ledger(events);
      if (ledger === null) continue;
      const peaks = { verify: 0, hash: 0 };
      const rounds = events > 1_000_000 ? 1 : Math.min(3, context.rounds);
      const measure = (name: "verify" | "hash", args: readonly string[]) => async () => {
        const { seconds, peakMB } = await runProcess(process.execPath, args);
        peaks[name] = Math.max(peaks[name], peakMB ?? NaN);
        return ledger.bytes / 1e6 / seconds;
      };
      const rate = await inTurns(rounds, {
        verify: measure("verify", [FARTHING, "verify", "--ledger", ledger.path]),
        hash: measure("hash", [PROGRAM, "hash", ledger.path]),
      });
      const rows = [
        ["farthing verify", figure(rate.verify), figure(peaks.verify), "1x"],
        ["sha256 of the same bytes", figure(rate.hash), figure(peaks.hash), times(rate.hash, rate.verify)],
      ];
      for (const line of table([[`${size(events)} events`, "MB/s", "peak MB", "to verify"], ...rows]))
        context.print(line);
      context.found({
        row: "11",
        goal: `verify at ${size(events)} at least 500 MB/s`,
        figure: `${figure(rate.verify)} MB/s`,
        holds: rate.verify >= 500,
      });
    }
  },
};
