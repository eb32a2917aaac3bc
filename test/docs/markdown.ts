/** One fenced block of a Markdown document. */
export interface Block {
  /** From the root of the repository. */
  readonly document: string;
  /** The line of its first line of text, from 1. */
  readonly line: number;
  /** The first word after the fence, or "" without one. */
  readonly language: string;
  /** The other words after the fence, such as `exit=3`. */
  readonly options: readonly string[];
  readonly lines: readonly string[];
  /** How many headings come before it: blocks with the same number are in the same section. */
  readonly section: number;
  /** The text of the last of them, or "". */
  readonly heading: string;
}

/** Commands that a document needs run but does not show: `<!-- farthing ... -->` alone on a line, as a block. */
export const HIDDEN = "(hidden)";

/** The fenced blocks and hidden commands of a document, in order. Throws on a fence that is not closed. */
export function blocksOf(document: string, text: string): Block[] {
  const blocks: Block[] = [];
  let section = 0;
  let heading = "";
  let open: { fence: string; indent: number; line: number; words: readonly string[]; lines: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", fence, info = ""] = /^( *)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open !== null) {
      if (fence !== undefined && fence.startsWith(open.fence) && info.trim() === "") {
        const [language = "", ...options] = open.words;
        blocks.push({ document, line: open.line, language, options, lines: open.lines, section, heading });
        open = null;
      } else {
        open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
      }
    } else if (fence !== undefined) {
      const words = info
        .trim()
        .split(/\s+/)
        .filter((word) => word !== "");
      open = { fence, indent: indent.length, line: index + 2, words, lines: [] };
    } else if (/^#{1,6} /.test(line)) {
      section += 1;
      heading = line.replace(/^#+ +/, "");
    } else {
      const command = /^<!-- (farthing .*) -->$/.exec(line)?.[1];
      const hidden = { document, line: index + 1, language: HIDDEN, options: [], section, heading };
      if (command !== undefined) blocks.push({ ...hidden, lines: [command] });
    }
  }
  if (open !== null) throw new Error(`${document}:${open.line - 1} opens a block that never closes`);
  return blocks;
}
