import { parseAsOf } from "../flags/as-of.ts";
import { askSelected, type Answered, type FilterFlags, type Selection } from "../flags/selection.ts";
import type { CommandIo } from "../io.ts";

export interface EarlierFlags extends FilterFlags {
  /** What had been recorded by then is what advice is to rest on; default: what everything rests on. */
  readonly adviceAsOf?: string;
}

/** Asks ledgers as `askSelected` does, and where advice is to rest on less opens them once more, as they were then. */
export async function askWithEarlier<T>(
  io: CommandIo,
  flags: EarlierFlags,
  ask: (selection: Selection, earlier: Selection | null) => Promise<T>,
): Promise<Answered<T>> {
  const { adviceAsOf } = flags;
  if (adviceAsOf === undefined) return askSelected(io, flags, (selection) => ask(selection, null));
  parseAsOf(adviceAsOf, "--advice-as-of");
  // What is wrong with a ledger is said once.
  const quiet = { ...io, stderr: { write: () => undefined } };
  return askSelected(io, flags, async (selection) => {
    const { answer } = await askSelected(quiet, { ...flags, asOf: adviceAsOf }, (earlier) => ask(selection, earlier));
    return answer;
  });
}
