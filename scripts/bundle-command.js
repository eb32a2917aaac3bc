// Bundles the compiled command line into a few files, packages/advisor/dist/command: Node takes longer to find and open
// the two hundred files it is written in than most commands take to answer.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { dropOthers } from "./drop-others.js";
import { filesOfModules } from "./files-of-modules.js";
import { noticesOf } from "./notices.js";

const advisor = fileURLToPath(new URL("../packages/advisor", import.meta.url));
const folder = join(advisor, "dist/command");
const ledger = fileURLToPath(new URL("../packages/ledger", import.meta.url));

/** The module that is started, which no file may hold together with what it waits for. */
const MAIN = join(advisor, "dist/cli/main.js");

/** What is not loaded with any of these is divided by what loads it. */
const FILES = [
  // What the answer to `--version` needs.
  togetherIn("first", "main.js"),
  // What help, and reading the arguments of any command, needs.
  togetherIn("start", "run.js"),
  // What nearly every command needs: what both of these do.
  togetherIn("shared", "commands/spend.js", "commands/report.js"),
  togetherIn("report", "commands/report.js"),
];

const bundle = await rolldown({
  // Files say where their modules are from here, and are named after what they say.
  cwd: fileURLToPath(new URL("..", import.meta.url)),
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
const fileOf = await filesOfModules(bundle, FILES);
const { output } = await bundle.write({
  dir: folder,
  format: "esm",
  comments: { legal: true, annotation: false, jsdoc: false },
  codeSplitting: {
    // The rest of what a module imports is not always used: a package's index names all of the package.
    includeDependenciesRecursively: false,
    groups: [{ name: (module) => (module === MAIN ? null : fileOf(module)), debugName: "files" }],
  },
  banner: ({ moduleIds }) => noticesOf(moduleIds),
});
await bundle.close();
dropOthers(folder, output);
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
    resolveId: (source, importer) =>
      source === "node:child_process" && /[\\/]commander[\\/]/.test(importer ?? "") ? none : null,
    load: (id) => (id === none ? "export {};" : null),
  };
}

/**
 * @param {string} file
 * @param {readonly string[]} modules In the command line's folder.
 * @returns {import("./files-of-modules.js").LoadedTogether}
 */
function togetherIn(file, ...modules) {
  return [file, ...modules.map((module) => join(advisor, "dist/cli", module))];
}
