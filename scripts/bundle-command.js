// Bundles the compiled command line into a few files, packages/advisor/dist/command: Node takes longer to find and open
// the two hundred files it is written in than most commands take to answer.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const advisor = fileURLToPath(new URL("../packages/advisor", import.meta.url));
const ledger = fileURLToPath(new URL("../packages/ledger", import.meta.url));

/** What the answer to `--version` needs. */
const FIRST = /advisor.dist.cli.(exit-codes|version)/;

/** What nearly every command loads; the rest is in chunks of its own, loaded when it is needed. */
const SHARED =
  /ledger.dist.(?!events.(schema|field-schemas)|audit|retention|closing.(?!closings|load)|store.postgres.(?!postgres-url)|replica|outbox|rollups|shared-ledger|postgres|migrate-ledger)|node_modules.(commander|picocolors|lowdb|uuid)|advisor.dist.cli.(flags|output.(?!(render-)?(compare|budget|check))|input.(?!advi|analyse|report-on-example|example|compare|budget|ask-day-zero|shared-ledgers|open-to-write|ledger-condition)|run|program)/;

/** Up to the name of the innermost package that a module is in. */
const PACKAGE_FOLDER = /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

const bundle = await rolldown({
  input: {
    main: join(advisor, "dist/cli/main.js"),
    // Looked for by these names beside the modules that start them.
    "scan-log-thread": join(ledger, "dist/audit/scan-log-thread.js"),
    "advice-thread": join(advisor, "dist/cli/input/advice-thread.js"),
  },
  platform: "node",
  // Loaded by the few commands that check what they are given, and too large to parse for any other.
  external: [/^node:/, /^zod/, /^pg$/],
});
const { output } = await bundle.write({
  dir: join(advisor, "dist/command"),
  format: "esm",
  cleanDir: true,
  comments: { legal: true, annotation: false, jsdoc: false },
  codeSplitting: {
    groups: [
      { name: "first", test: FIRST, priority: 2 },
      { name: "shared", test: SHARED, priority: 1 },
    ],
  },
  banner: ({ moduleIds }) => noticesOf(moduleIds),
});
await bundle.close();
console.log(`${String(output.length)} files in packages/advisor/dist/command`);

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
