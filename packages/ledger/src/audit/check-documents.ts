import { join } from "node:path";
import type { FileSystem } from "../store/file/file-system.ts";
import { systemCode } from "../store/file/unavailable.ts";
import { namesIn } from "../store/file/names-in.ts";
import type { Problems } from "./problem.ts";

/** Checks that the documents beside the log, such as where an import stopped, can be read. */
export async function checkDocuments(root: string, fileSystem: FileSystem, problems: Problems): Promise<void> {
  const folder = join(root, "checkpoints");
  for (const name of await namesIn(folder, fileSystem)) {
    if (!name.endsWith(".json")) continue;
    const path = join(folder, name);
    try {
      JSON.parse(Buffer.from(await fileSystem.readFile(path)).toString("utf8"));
    } catch (error) {
      if (systemCode(error) === "ENOENT") continue;
      const what = error instanceof Error ? error.message : String(error);
      problems.add("damaged-document", { file: path }, `the document cannot be read: ${what}`);
    }
  }
}
