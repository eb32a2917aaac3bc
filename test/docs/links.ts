import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** A link in a Markdown document, fenced blocks left out. */
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const FENCED = /^ *(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ *\1[`~]* *$/gm;

/**
 * The links of a document that lead nowhere in the repository: to a file that is not there, or to a heading that its
 * file does not have. Links with a scheme are not followed.
 */
export function brokenLinks(document: string, text: string, repository: string): string[] {
  const targets = [...text.replaceAll(FENCED, "").matchAll(LINK)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = "", heading] = target.split("#");
      const file = path === "" ? join(repository, document) : resolve(repository, dirname(document), path);
      if (!existsSync(file)) return true;
      return heading !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(heading);
    })
    .map((target) => `${document} links to ${target}`);
}

/** What a heading is linked by: its words in lower case, joined by dashes, without other marks. */
function anchorsOf(text: string): string[] {
  return [...text.replaceAll(FENCED, "").matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
