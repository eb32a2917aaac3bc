import { basename, dirname, sep } from "node:path";
import type { CallContext } from "@farthing/ledger";
import type { TranscriptLine } from "./line.ts";

const ROOT_FOLDER = "projects";
const SUBAGENTS_FOLDER = "subagents";
const SUBAGENT_FILE = /^agent-(.+)\.jsonl$/;

/** What a file's place says about every response in it. */
export interface FileDimensions {
  readonly project: string | null;
  /** For lines of a sub-agent that do not name it. */
  readonly agent: string | null;
}

/** A function of the absolute path only, so that a file imported alone lands in the same project. */
export function fileDimensions(absolutePath: string): FileDimensions {
  return { project: projectOf(absolutePath), agent: SUBAGENT_FILE.exec(basename(absolutePath))?.[1] ?? null };
}

/** The folder after the last `projects`; elsewhere the folder the file is in, sub-agents' folders left out. */
function projectOf(absolutePath: string): string | null {
  const folders = dirname(absolutePath).split(sep);
  const root = folders.lastIndexOf(ROOT_FOLDER);
  const belowRoot = root === -1 ? undefined : folders[root + 1];
  if (belowRoot !== undefined) return belowRoot;
  const subagents = folders.lastIndexOf(SUBAGENTS_FOLDER);
  const holder = subagents > 1 ? folders[subagents - 2] : folders.at(-1);
  return holder === undefined || holder === "" ? null : holder;
}

/** Who made the call a line tells of. */
export function callContext(line: TranscriptLine, file: FileDimensions): CallContext {
  return {
    session: line.sessionId,
    project: file.project,
    agent: threadOf(line, file),
    gitBranch: line.gitBranch,
    clientVersion: line.version,
    service: null,
    release: null,
    host: null,
    environment: null,
    callSite: null,
  };
}

/** The sub-agent a line belongs to; null for the main thread. Old versions say only that it is a side chain. */
export function threadOf(line: TranscriptLine, file: FileDimensions): string | null {
  if (line.agentId !== null) return line.agentId;
  return line.isSidechain ? (file.agent ?? "sidechain") : null;
}
