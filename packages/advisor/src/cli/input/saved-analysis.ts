import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Instant, Position } from "@farthing/ledger";
import type { Analysis } from "../../report/analysis.ts";
import { readAnalysis, writeAnalysis } from "../../report/analysis-text.ts";
import { writeAtomically } from "../output/write-atomically.ts";

/** An analysis as it was kept. */
interface SavedAnalysis {
  readonly analysis: Analysis;
  /** When it was made. */
  readonly savedAt: Instant;
  /** How many billed responses the question was about then. */
  readonly responses: number;
  /** Up to where the ledger was read. */
  readonly position: Position;
  /** What decided it besides the question: equal states, equal analyses. */
  readonly state: string;
}

/** Where the analysis of one question is kept: a derived file that anybody may delete. */
export interface AnalysisShelf {
  /** Null where there is none that can be used. */
  read(): Promise<SavedAnalysis | null>;
  /** @throws What the operating system refuses with; the analysis is then made again next time. */
  write(saved: SavedAnalysis): Promise<void>;
}

interface Head {
  readonly format: number;
  readonly savedAt: Instant;
  readonly responses: number;
  readonly position: Position;
  readonly state: string;
  readonly crc: number;
}

const FORMAT = 5;
const NAME = /^advice-[0-9a-f]{16}\.ndjson$/;
const NAME_DIGITS = 16;
/** Questions whose analysis is kept; beyond that the oldest go, so that a new `--since` each day fills no disk. */
const KEPT_MAX = 64;

/** @param question Whatever decides an analysis besides the ledger's events: another question, another file. */
export function analysisShelf(ledger: string, question: unknown): AnalysisShelf {
  const folder = join(ledger, "checkpoints");
  const digest = createHash("sha256").update(JSON.stringify(question)).digest("hex").slice(0, NAME_DIGITS);
  const path = join(folder, `advice-${digest}.ndjson`);
  return {
    read: async () => {
      try {
        return parse(await readFile(path, "utf8"));
      } catch {
        // Unreadable is the same as not there: it is made again.
        return null;
      }
    },
    write: async ({ analysis, savedAt, responses, position, state }) => {
      const body = writeAnalysis(analysis);
      const head: Head = { format: FORMAT, savedAt, responses, position, state, crc: crc32(body) };
      await mkdir(folder, { recursive: true });
      await writeAtomically(path, `${JSON.stringify(head)}\n${body}\n`);
      await removeOldest(folder);
    },
  };
}

/** Null where it is of another release, or no longer what was written. */
function parse(text: string): SavedAnalysis | null {
  const end = text.indexOf("\n");
  const body = text.slice(end + 1, -1);
  const head: unknown = JSON.parse(text.slice(0, end));
  if (!isHead(head) || head.format !== FORMAT || head.crc !== crc32(body)) return null;
  const { savedAt, responses, position, state } = head;
  return { analysis: readAnalysis(body), savedAt, responses, position, state };
}

function isHead(value: unknown): value is Head {
  return (
    typeof value === "object" &&
    value !== null &&
    "format" in value &&
    "crc" in value &&
    "state" in value &&
    typeof value.state === "string" &&
    "savedAt" in value &&
    typeof value.savedAt === "number" &&
    "responses" in value &&
    typeof value.responses === "number" &&
    "position" in value &&
    typeof value.position === "string"
  );
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name));
  if (names.length <= KEPT_MAX) return;
  const files = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  for (const { name } of files.sort((a, b) => a.at - b.at).slice(0, names.length - KEPT_MAX)) {
    await rm(join(folder, name), { force: true });
  }
}
