import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

const TRANSCRIPT_SUFFIX = ".jsonl";

/** A path that could not be read, and the operating system's reason. */
export interface UnreadablePath {
  readonly path: string;
  readonly why: string;
}

export interface FoundTranscript {
  /** Absolute, with links resolved. */
  readonly path: string;
  readonly bytes: number;
  /** When it was last written to, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** What there is to import. */
export interface FoundTranscripts {
  /** Each once, in code unit order of their paths. */
  readonly files: readonly FoundTranscript[];
  readonly unreadable: readonly UnreadablePath[];
}

/**
 * The folders where Claude Code keeps its transcripts: below each folder of `CLAUDE_CONFIG_DIR`, a comma-separated
 * list; without that, at both places it has used below the home folder. They need not exist.
 */
export function defaultRoots(env: Readonly<Record<string, string | undefined>>, home: string): readonly string[] {
  const configured = (env["CLAUDE_CONFIG_DIR"] ?? "")
    .split(",")
    .map((folder) => folder.trim())
    .filter((folder) => folder !== "");
  const folders = configured.length > 0 ? configured : ["~/.claude", "~/.config/claude"];
  return folders.map((folder) =>
    join(folder === "~" || folder.startsWith("~/") ? home + folder.slice(1) : folder, "projects"),
  );
}

/**
 * Every transcript at or below the paths. A file that is named is taken whatever it is called; in folders those
 * ending in `.jsonl` are. Linked folders are followed, each real folder once.
 *
 * @param options.mayBeAbsent Whether a path that does not exist is no news.
 */
export async function findTranscripts(
  paths: readonly string[],
  options: { readonly mayBeAbsent: boolean },
): Promise<FoundTranscripts> {
  const files = new Map<string, FoundTranscript>();
  const unreadable: UnreadablePath[] = [];
  const visited = new Set<string>();

  async function visit(path: string, named: boolean): Promise<void> {
    const wanted = named || path.endsWith(TRANSCRIPT_SUFFIX);
    try {
      const real = await realpath(path);
      const status = await stat(real);
      if (status.isFile()) {
        if (wanted) files.set(real, { path: real, bytes: status.size, changedAt: status.mtimeMs });
      } else if (status.isDirectory()) {
        if (visited.has(real)) return;
        visited.add(real);
        for (const name of await readdir(real)) await visit(join(real, name), false);
      } else if (wanted) {
        unreadable.push({ path, why: "neither a file nor a folder" });
      }
    } catch (error) {
      if (named && options.mayBeAbsent && codeOf(error) === "ENOENT") return;
      unreadable.push({ path, why: reasonOf(error) });
    }
  }

  for (const path of paths) await visit(resolve(path), true);
  return { files: [...files.values()].sort(byPath), unreadable: unreadable.sort(byPath) };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** An operating system error in words, without the path it repeats. */
export function reasonOf(error: unknown): string {
  const known = REASONS.get(codeOf(error) ?? "");
  if (known !== undefined) return known;
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "no permission to read it"],
  ["EPERM", "no permission to read it"],
  ["ELOOP", "a link that leads back to itself"],
]);
