import type { Ledger } from "@farthing/ledger";
import { CheckpointFile } from "./checkpoint-file.ts";
import { defaultRoots, findTranscripts } from "./paths.ts";

/** Transcripts at the usual places, and how much of them no import into a ledger has read. */
export interface UnreadTranscripts {
  /** Where they were looked for. */
  readonly roots: readonly string[];
  readonly files: number;
  /** Of those, files of which an import has read something. */
  readonly knownFiles: number;
  readonly unreadBytes: number;
  /** When one of the files with unread bytes was last written to, in milliseconds since 1970; null where all was read. */
  readonly newestUnreadAt: number | null;
}

/**
 * Looks whether Claude Code wrote anything since the last import, by the lengths of its files; none is opened.
 *
 * @throws LedgerFormatError where the note of the last import is damaged.
 */
export async function findUnreadTranscripts({
  ledger,
  env,
  home,
}: {
  readonly ledger: Pick<Ledger, "document">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}): Promise<UnreadTranscripts> {
  const roots = defaultRoots(env, home);
  const { files } = await findTranscripts(roots, { mayBeAbsent: true });
  const checkpoint = await CheckpointFile.open(ledger);
  let knownFiles = 0;
  let unreadBytes = 0;
  let newestUnreadAt: number | null = null;
  for (const { path, bytes, changedAt } of files) {
    const mark = checkpoint.markOf(path);
    if (mark !== null) knownFiles += 1;
    const unread = Math.max(0, bytes - (mark?.offset ?? 0));
    if (unread === 0) continue;
    unreadBytes += unread;
    newestUnreadAt = Math.max(newestUnreadAt ?? -Infinity, changedAt);
  }
  return { roots, files: files.length, knownFiles, unreadBytes, newestUnreadAt };
}
