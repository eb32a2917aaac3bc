import { posix } from "node:path";
import { parseSync } from "rolldown/utils";

/** One way a module reaches outside its arguments: which, and where. */
export interface Use {
  readonly name: string;
  readonly line: number;
}

/** What one source file depends on. */
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  /** Modules named by import, export-from, `import()` and `import type`; relative ones as paths from the root. */
  readonly imports: readonly Use[];
  /** The clock, randomness and the process, by the name they are reached by. */
  readonly ambient: readonly Use[];
}

/** A syntax tree node, seen only as far as this walk needs it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const IMPORTING = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/** Reads the dependencies of one TypeScript file. Throws where it does not parse. */
export function readSourceFile(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? "does not parse"}`);
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length;
  const imports: Use[] = [];
  const ambient: Use[] = [];
  walk(program, (node, parent, key) => {
    if (IMPORTING.has(node.type) && isNode(node["source"])) {
      const specifier = node["source"]["value"];
      const name = typeof specifier === "string" ? resolve(path, specifier) : "(computed)";
      imports.push({ name, line: lineAt(node.start) });
    }
    const name = ambientName(node, parent, key);
    if (name !== null) ambient.push({ name, line: lineAt(node.start) });
  });
  return { path, imports, ambient };
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
}

/** The ambient thing a node reaches for, or null. */
function ambientName(node: Node, parent: Node | null, key: string): string | null {
  if (node.type === "MemberExpression" && isNode(node["object"]) && isNode(node["property"])) {
    const member = `${nameOf(node["object"])}.${nameOf(node["property"])}`;
    return ["Date.now", "Math.random", "performance.now", "globalThis.process"].includes(member) ? member : null;
  }
  if (node.type === "NewExpression" && isNode(node["callee"]) && nameOf(node["callee"]) === "Date") {
    return Array.isArray(node["arguments"]) && node["arguments"].length === 0 ? "new Date()" : null;
  }
  if (node.type === "Identifier" && node["name"] === "process") {
    const isMemberName = parent?.type === "MemberExpression" && key === "property" && parent["computed"] !== true;
    const isKey = key === "key" && parent?.["computed"] !== true;
    return isMemberName || isKey ? null : "process";
  }
  return null;
}

function nameOf(node: Node): string {
  return typeof node["name"] === "string" ? node["name"] : "";
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function walk(root: unknown, visit: (node: Node, parent: Node | null, key: string) => void): void {
  const descend = (value: unknown, parent: Node | null, key: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) descend(item, parent, key);
    } else if (isNode(value)) {
      visit(value, parent, key);
      for (const [childKey, child] of Object.entries(value)) descend(child, value, childKey);
    }
  };
  descend(root, null, "");
}
