import { existsSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../support/repository.ts";
import type { Block } from "./markdown.ts";

/** Where other people's clients are installed, which are not in the workspace. */
const CLIENTS = join(REPOSITORY, "test/clients");

/** The TypeScript of one section of a document: a program. */
export interface Example {
  readonly document: string;
  readonly heading: string;
  readonly blocks: readonly Block[];
  /** The packages it is for that are not in the workspace: `with=name,name` after the fence. */
  readonly needs: readonly string[];
  /** Whether it runs as CommonJS: `commonjs` after the fence. */
  readonly isCommonJs: boolean;
}

/** The examples of a document, in order. */
export function examplesOf(blocks: readonly Block[]): Example[] {
  const sections = new Map<number, Block[]>();
  for (const block of blocks) {
    if (block.language === "ts") sections.set(block.section, [...(sections.get(block.section) ?? []), block]);
  }
  return [...sections.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const isCommonJs = own.some(({ options }) => options.includes("commonjs"));
    const { document, heading } = first;
    return [{ document, heading, blocks: own, needs: own.flatMap(needsOf), isCommonJs }];
  });
}

/** The packages that a block is for and the workspace does not have. */
export function needsOf({ options }: Block): readonly string[] {
  return options.flatMap((word) => (word.startsWith("with=") ? word.slice("with=".length).split(",") : []));
}

/** Whether a block can be checked here: an ordinary run has not installed other people's clients. */
export function isInstalled(names: readonly string[]): boolean {
  return names.every((name) => existsSync(join(CLIENTS, "node_modules", name)));
}

/** A folder in which programs find the packages they need by name. */
export function folderFor(names: readonly string[]): string {
  return names.length === 0 ? join(REPOSITORY, "test/.generated") : join(CLIENTS, ".generated");
}
