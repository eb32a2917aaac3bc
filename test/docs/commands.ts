import { HIDDEN, type Block } from "./markdown.ts";

type Language = "sql" | "duckdb" | "clickhouse" | "ts";

/** One command line that a document shows, or statements or a program that it has its reader run. */
export interface DocumentedCommand {
  /** `document:line`, for messages. */
  readonly place: string;
  /** Continuation lines are joined. */
  readonly command: string;
  /** What the document says it prints, or null where it does not say. */
  readonly output: string | null;
  /** The line of the document after which that output stands; null where there is none. */
  readonly outputAfter: number | null;
  readonly exitCode: number;
  /**
   * What it is instead of a command line, where `run` stands after the fence: statements for PostgreSQL, or with `duckdb`
   * or `clickhouse` for these, or a program.
   */
  readonly language?: Language;
  /** Needs a whole PostgreSQL server and its programs: `server` after the fence. */
  readonly needsServer?: true;
}

/** The programs that a command with shown output may use beside `farthing`: they are everywhere, and touch nothing. */
const HARMLESS = new Set(["cat", "echo", "printf", "head", "tail", "grep", "sort", "wc", "ls", "export"]);

/** In a clone, `farthing` is reached through the package manager. */
const THROUGH_PNPM = /npx -y pnpm@[\d.]+ (exec )?farthing\b/g;

const START = /^npx -y pnpm@[\d.]+ start$/;

/**
 * The commands of a document that can be run, in order.
 *
 * `start` is what the package script `start` runs. Throws on a `console` block with another program than `farthing`
 * and a few harmless ones: its output could not be compared.
 */
export function commandsOf(blocks: readonly Block[], start: string): DocumentedCommand[] {
  return blocks.flatMap((block): DocumentedCommand[] => {
    const needsServer = block.options.includes("server") ? ({ needsServer: true } as const) : {};
    const language = languageOf(block);
    if (language !== null) return [{ ...wholeBlock(block), language, ...needsServer }];
    const runnable = (shown: string): string =>
      START.test(shown) ? start : shown.replaceAll(THROUGH_PNPM, "farthing");
    if (block.language === "console") return transcriptOf(block, runnable);
    if (block.language !== "sh" && block.language !== HIDDEN) return [];
    return logicalLines(block)
      .map(({ text, place }) => ({
        place,
        command: runnable(text.replace(/^\$ /, "")),
        output: null,
        outputAfter: null,
        exitCode: exitCodeOf(block),
        ...needsServer,
      }))
      .filter(({ command, needsServer: isOfServer }) => isOfServer ?? programsOf(command).includes("farthing"));
  });
}

/** Null for what is no statement or program, or is not marked `run`. */
function languageOf({ language, options }: Block): Language | null {
  if (!options.includes("run")) return null;
  const other = (["duckdb", "clickhouse"] as const).find((name) => options.includes(name));
  if (language === "sql") return other ?? "sql";
  return language === "ts" ? "ts" : null;
}

function wholeBlock(block: Block): DocumentedCommand {
  const place = `${block.document}:${String(block.line)}`;
  return { place, command: block.lines.join("\n"), output: null, outputAfter: null, exitCode: exitCodeOf(block) };
}

function transcriptOf(block: Block, runnable: (shown: string) => string): DocumentedCommand[] {
  const commands: (DocumentedCommand & { printed: string[] })[] = [];
  for (const { text, place, lastLine } of logicalLines(block)) {
    if (text.startsWith("$ ")) {
      const command = runnable(text.slice(2));
      const foreign = programsOf(command).filter((name) => name !== "farthing" && !HARMLESS.has(name));
      if (foreign.length > 0) throw new Error(`${place} shows output of ${foreign.join(", ")}; use a sh block for it`);
      commands.push({ place, command, output: "", outputAfter: lastLine, exitCode: exitCodeOf(block), printed: [] });
    } else {
      const last = commands.at(-1);
      if (last === undefined) throw new Error(`${place} shows output before any command; start the block with "$ "`);
      last.printed.push(text);
    }
  }
  return commands.map(({ printed, ...command }) => ({ ...command, output: printed.join("\n") }));
}

/** The lines of a block, those that end in a backslash joined with the next. */
function logicalLines(block: Block): { text: string; place: string; lastLine: number }[] {
  const joined: { text: string; place: string; lastLine: number }[] = [];
  let isContinued = false;
  for (const [index, line] of block.lines.entries()) {
    const lineNumber = block.line + index;
    const last = joined.at(-1);
    if (isContinued && last !== undefined) {
      last.text = `${last.text.slice(0, -1)}${line.trimStart()}`;
      last.lastLine = lineNumber;
    } else {
      joined.push({ text: line, place: `${block.document}:${lineNumber}`, lastLine: lineNumber });
    }
    isContinued = line.endsWith("\\");
  }
  return joined;
}

/** The programs that a command line starts, leaving out settings such as `NAME=value`. */
function programsOf(command: string): string[] {
  return command
    .replaceAll(/'[^']*'|"[^"]*"/g, "quoted")
    .split(/\|\||&&|[|;]/)
    .map(
      (part) =>
        part
          .trim()
          .split(/\s+/)
          .find((word) => !/^\w+=/.test(word)) ?? "",
    )
    .filter((name) => name !== "" && !name.startsWith("#"));
}

function exitCodeOf(block: Block): number {
  const option = block.options.find((word) => word.startsWith("exit="));
  return option === undefined ? 0 : Number(option.slice("exit=".length));
}
