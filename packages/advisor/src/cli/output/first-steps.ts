import { defaultRoots, findTranscripts } from "@farthing/adapters/claude-code";
import type { NoLedgerError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { displayQuantity } from "./format-values.ts";

/** Says what to do where there is no ledger yet: the four ways to a first report. */
export async function offerFirstSteps(io: CommandIo, { places }: NoLedgerError): Promise<void> {
  warn(io, `no ledger yet: neither ${places} exists`);
  io.stderr.write(
    [
      "  your own code  attach(client, ledger) of @farthing/adapters/anthropic records every call",
      `  Claude Code    farthing import claude-code   ${await transcriptWords(io)}`,
      "  only a bill    farthing import cost-report FILE..., or farthing bill set 2026-10 USD",
      "  a look first   farthing report --example",
      "",
    ].join("\n"),
  );
}

async function transcriptWords({ env, home }: CommandIo): Promise<string> {
  const roots = defaultRoots(env, home);
  const { files } = await findTranscripts(roots, { mayBeAbsent: true });
  const places = roots.map((root) => (root.startsWith(`${home}/`) ? `~${root.slice(home.length)}` : root)).join(", ");
  return files.length === 0 ? `(nothing in ${places})` : `(${displayQuantity(files.length, "transcript")} found)`;
}
