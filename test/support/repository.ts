import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The absolute path of the repository, without a trailing separator. */
export const REPOSITORY: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

const NOT_OURS = new Set(["node_modules", "dist", ".generated", "coverage"]);

/** The files below a folder of the repository whose name ends so, as sorted paths from its root with `/`. */
export function filesBelow(folder: string, ending: string): string[] {
  const found: string[] = [];
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && !NOT_OURS.has(entry.name) && !entry.name.startsWith(".git")) visit(path);
      else if (entry.isFile() && entry.name.endsWith(ending))
        found.push(relative(REPOSITORY, path).split(sep).join("/"));
    }
  };
  visit(join(REPOSITORY, folder));
  return found.toSorted();
}
