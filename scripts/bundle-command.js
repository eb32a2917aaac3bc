// Bundles the compiled command line into a few files, packages/advisor/dist/command: Node takes longer to find and open
// the two hundred files it is written in than most commands take to answer.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const advisor = fileURLToPath(new URL("../packages/advisor", import.meta.url));
const ledger = fileURLToPath(new URL("../packages/ledger", import.meta.url));

/** The module that is started, which no file may hold together with what it waits for. */
const MAIN = join(advisor, "dist/cli/main.js");

/**
 * The files to bundle most modules into, each holding what the modules named after it load statically and no file before
 * it holds. What none of them holds is divided by what loads it.
 *
 * @type {readonly (readonly [name: string, ...modules: string[]])[]}
 */
const FILES = [
  // What the answer to `--version` needs.
  ["first", "cli/main.js"],
  // What help, and reading the arguments of any command, needs.
  ["start", "cli/run.js"],
  // What nearly every command needs: what both of these do.
  ["shared", "cli/commands/spend.js", "cli/commands/report.js"],
  ["report", "cli/commands/report.js"],
];

/** Up to the name of the innermost package that a module is in. */
const PACKAGE_FOLDER = /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

const bundle = await rolldown({
  input: {
    main: MAIN,
    // Looked for by these names beside the modules that start them.
    "scan-log-thread": join(ledger, "dist/audit/scan-log-thread.js"),
    "advice-thread": join(advisor, "dist/cli/input/advice-thread.js"),
  },
  platform: "node",
  // Loaded by the few commands that check what they are given, and too large to parse for any other.
  external: [/^zod/, /^pg$/],
  // What an entry exports is for whoever starts it, and nothing imports these.
  preserveEntrySignatures: "allow-extension",
  plugins: [commanderWithoutProcesses()],
});
const fileOf = fileByModule((await bundle.generate()).output);
const { output } = await bundle.write({
  dir: join(advisor, "dist/command"),
  format: "esm",
  cleanDir: true,
  comments: { legal: true, annotation: false, jsdoc: false },
  codeSplitting: {
    // The rest of what a module imports is not always used: a package's index names all of the package.
    includeDependenciesRecursively: false,
    groups: [{ name: (module) => fileOf.get(module) ?? null, debugName: "files" }],
  },
  banner: ({ moduleIds }) => noticesOf(moduleIds),
});
await bundle.close();
console.log(`${String(output.length)} files in packages/advisor/dist/command`);

/**
 * Commander starts subcommands that are programs of their own, which none here is; what it would start them with takes
 * Node as long to load as all of the command line's definitions.
 *
 * @returns {import("rolldown").Plugin}
 */
function commanderWithoutProcesses() {
  const none = "\0no-processes";
  return {
    name: "commander-without-processes",
    resolveId: (source, importer) => (source === "node:child_process" && /[\\/]commander[\\/]/.test(importer ?? "") ? none : null),
    load: (id) => (id === none ? "export {};" : null),
  };
}

/**
 * The file of each module that FILES gives one.
 *
 * @param {readonly (import("rolldown").OutputChunk | import("rolldown").OutputAsset)[]} undivided What is bundled where nothing says into which files.
 */
function fileByModule(undivided) {
  const chunks = new Map(undivided.flatMap((each) => (each.type === "chunk" ? [[each.fileName, each]] : [])));
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [name, ...loaders] of FILES) {
    const [first, ...others] = loaders.map((loader) => modulesLoadedWith(join(advisor, "dist", loader), chunks));
    for (const module of first ?? []) {
      const isHere = module !== MAIN && !files.has(module) && others.every((other) => other.has(module));
      if (isHere) files.set(module, name);
    }
  }
  return files;
}

/**
 * @param {string} loader
 * @param {ReadonlyMap<string, import("rolldown").OutputChunk>} chunks By file name.
 */
function modulesLoadedWith(loader, chunks) {
  const start = [...chunks.values()].find(({ facadeModuleId }) => facadeModuleId === loader);
  if (start === undefined) throw new Error(`${loader} is loaded by nothing when it is needed, so it begins no file`);
  const loaded = new Set([start]);
  for (const chunk of loaded) {
    for (const name of chunk.imports) {
      const next = chunks.get(name);
      if (next !== undefined) loaded.add(next);
    }
  }
  return new Set([...loaded].flatMap(({ moduleIds }) => moduleIds));
}

/**
 * The licences of the packages that modules of a file are from, as they ask for; nothing where all are our own.
 *
 * @param {readonly string[]} modules
 */
function noticesOf(modules) {
  const folders = new Set(modules.flatMap((path) => PACKAGE_FOLDER.exec(path)?.[0] ?? []));
  return folders.size === 0 ? "" : `/*\n${[...folders].sort().map(noticeOf).join("\n\n")}\n*/`;
}

/** @param {string} folder */
function noticeOf(folder) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${folder} has no licence file to quote`);
  return `${basename(folder)}\n\n${readFileSync(join(folder, file), "utf8").trim().replaceAll("*/", "* /")}`;
}
