/** One way to compile a program that uses the packages. */
export interface Consumer {
  readonly name: string;
  /** The `type` of the program's own package.json. */
  readonly type: "module" | "commonjs";
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** The TypeScript releases that offer this way, oldest first. */
  readonly typescript: readonly TypeScriptVersion[];
  readonly source: "static import" | "dynamic import";
  /** Whether every release checks the declarations of the packages, too: it takes the older ones as long as the rest. */
  readonly checksLibraries: boolean;
}

/** The TypeScript releases that the packages are checked with. */
export const TYPESCRIPT_VERSIONS = ["5.4.5", "5.9.3", "6.0.3", "7.0.2"] as const;
export type TypeScriptVersion = (typeof TYPESCRIPT_VERSIONS)[number];

/** The compiler options that a new NestJS project starts with, but for where it writes. */
const NEST = {
  module: "commonjs",
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  allowSyntheticDefaultImports: true,
};

export const CONSUMERS: readonly Consumer[] = [
  {
    name: "ESM, nodenext",
    type: "module",
    compilerOptions: { module: "nodenext" },
    typescript: TYPESCRIPT_VERSIONS,
    source: "static import",
    checksLibraries: true,
  },
  {
    name: "ESM, node16",
    type: "module",
    compilerOptions: { module: "node16" },
    typescript: TYPESCRIPT_VERSIONS,
    source: "static import",
    checksLibraries: false,
  },
  {
    name: "ESM, bundler",
    type: "module",
    compilerOptions: { module: "esnext", moduleResolution: "bundler" },
    typescript: TYPESCRIPT_VERSIONS,
    source: "static import",
    checksLibraries: false,
  },
  {
    name: "CommonJS, node10, as NestJS ships it",
    type: "commonjs",
    compilerOptions: { ...NEST, moduleResolution: "node10" },
    typescript: ["5.4.5", "5.9.3"],
    source: "static import",
    checksLibraries: true,
  },
  {
    name: "CommonJS, node10, as NestJS ships it, deprecation silenced",
    type: "commonjs",
    compilerOptions: { ...NEST, moduleResolution: "node10", ignoreDeprecations: "6.0" },
    typescript: ["6.0.3"],
    source: "static import",
    checksLibraries: true,
  },
  {
    name: "CommonJS, bundler, where node10 is gone",
    type: "commonjs",
    compilerOptions: { ...NEST, moduleResolution: "bundler" },
    typescript: ["6.0.3", "7.0.2"],
    source: "static import",
    checksLibraries: true,
  },
  {
    name: "CommonJS, nodenext",
    type: "commonjs",
    compilerOptions: { module: "nodenext" },
    // Older compilers refuse to require an ES module (TS1479), which Node 20.19 and later can do.
    typescript: ["5.9.3", "6.0.3", "7.0.2"],
    source: "static import",
    checksLibraries: false,
  },
  {
    name: "CommonJS, node16",
    type: "commonjs",
    compilerOptions: { module: "node16" },
    typescript: TYPESCRIPT_VERSIONS,
    source: "dynamic import",
    checksLibraries: false,
  },
];

/** Whether the declarations of the packages are checked: by the newest compiler always, by others once per set of files. */
export function checksLibraries(consumer: Consumer, typescript: TypeScriptVersion): boolean {
  return consumer.checksLibraries || typescript === TYPESCRIPT_VERSIONS.at(-1);
}

/** Every entry point but the one whose names are used below. */
const ENTRY_POINTS = [
  "@farthing/adapters/agent-sdk",
  "@farthing/adapters/anthropic",
  "@farthing/adapters/budget",
  "@farthing/adapters/budget-block",
  "@farthing/adapters/claude-code",
  "@farthing/adapters/estimates",
  "@farthing/adapters/event-writer",
  "@farthing/adapters/bill",
  "@farthing/adapters/events",
  "@farthing/adapters/langfuse",
  "@farthing/adapters/litellm",
  "@farthing/adapters/otel",
  "@farthing/adapters/otel-metrics",
  "@farthing/adapters/outcomes",
  "@farthing/advisor",
  "@farthing/advisor/html",
  "@farthing/advisor/schemas",
];

/** What every program prints when it works: an exact sum, and how many entry points have exports. */
export const EXPECTED_OUTPUT: string = `0.3 ${String(ENTRY_POINTS.length)}\n`;

export const SOURCES: Readonly<Record<Consumer["source"], string>> = {
  "static import": `
${ENTRY_POINTS.map((name, index) => `import * as module${String(index)} from "${name}";`).join("\n")}
import { add, formatUsd, parseUsd, type Money } from "@farthing/ledger";

const total: Money = add(parseUsd("0.1"), parseUsd("0.2"));
const modules: readonly object[] = [${ENTRY_POINTS.map((_, index) => `module${String(index)}`).join(", ")}];
console.log(formatUsd(total), modules.filter((module) => Object.keys(module).length > 0).length);
`,
  "dynamic import": `
import type { Money } from "@farthing/ledger" with { "resolution-mode": "import" };

async function main(): Promise<void> {
  const { add, formatUsd, parseUsd } = await import("@farthing/ledger");
  const modules: readonly object[] = [
    ${ENTRY_POINTS.map((name) => `await import("${name}"),`).join("\n    ")}
  ];
  const total: Money = add(parseUsd("0.1"), parseUsd("0.2"));
  console.log(formatUsd(total), modules.filter((module) => Object.keys(module).length > 0).length);
}
void main();
`,
};
