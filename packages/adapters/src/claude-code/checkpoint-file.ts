import { access } from "node:fs/promises";
import type { Document, Ledger } from "@farthing/ledger";
import { checkpointDocument, type ReadMark, readMarks } from "./checkpoint.ts";

const DOCUMENT_NAME = "import-claude-code";

/** Where imports into a ledger left their files, kept beside the ledger. */
export class CheckpointFile {
  readonly #document: Document<unknown>;
  readonly #marks: Map<string, ReadMark>;
  readonly #met = new Set<string>();
  #changed = false;

  private constructor(document: Document<unknown>) {
    this.#document = document;
    this.#marks = readMarks(document.data);
  }

  static async open(ledger: Pick<Ledger, "document">): Promise<CheckpointFile> {
    return new CheckpointFile(await ledger.document<unknown>(DOCUMENT_NAME, {}));
  }

  markOf(path: string): ReadMark | null {
    this.#met.add(path);
    return this.#marks.get(path) ?? null;
  }

  /** Only `save` makes it last, so that no mark is ahead of the events. */
  advance(path: string, mark: ReadMark): void {
    this.#marks.set(path, mark);
    this.#changed = true;
  }

  /** Call when every event before the marks is durable. Marks of files that are gone are dropped. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    for (const path of this.#marks.keys()) {
      if (!this.#met.has(path) && !(await exists(path))) this.#marks.delete(path);
    }
    await this.#document.write(checkpointDocument(this.#marks));
    this.#changed = false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
