// Bundles what a recording process imports, compiled, into a few files of each package, dist/library: a program that
// records its first call would else wait for Node to find and open three hundred.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { dropOthers } from "./drop-others.js";
import { filesOfModules } from "./files-of-modules.js";
import { noticesOf } from "./notices.js";

/** By package: what most that is imported of it loads, and modules that are looked for beside those that start them. */
const PACKAGES = {
  ledger: { most: "dist/index.js", threads: { "scan-log-thread": "dist/audit/scan-log-thread.js" } },
  adapters: { most: "dist/anthropic/index.js", threads: {} },
};

const asked = process.argv.slice(2);
for (const [name, { most, threads }] of Object.entries(PACKAGES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const folder = fileURLToPath(new URL(`../packages/${name}`, import.meta.url));
  const started = Object.entries(threads).map(([file, path]) => [file, join(folder, path)]);
  const bundle = await rolldown({
    // Files say where their modules are from here, and are named after what they say.
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    input: { ...publishedModules(folder), ...Object.fromEntries(started) },
    platform: "node",
    // Each of ours is there once, whoever loads it; zod is too large for whoever only reads, and pg is the user's own.
    external: [/^@farthing/, /^@anthropic-ai/, /^zod/, /^pg$/],
  });
  const fileOf = await filesOfModules(bundle, [["most", join(folder, most)]]);
  const { output } = await bundle.write({
    dir: join(folder, "dist/library"),
    format: "esm",
    comments: { legal: true, annotation: true, jsdoc: false },
    codeSplitting: { groups: [{ name: fileOf, debugName: "files" }] },
    banner: ({ moduleIds }) => noticesOf(moduleIds),
  });
  await bundle.close();
  dropOthers(join(folder, "dist/library"), output);
  console.log(`${String(output.length)} files in packages/${name}/dist/library`);
}

/**
 * The compiled module of each file that the published package exports from `dist/library`, by the name of that file.
 *
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function publishedModules(folder) {
  /** @type {{ publishConfig: { exports: Record<string, string | { types: string, default: string }> } }} */
  const { publishConfig } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return Object.fromEntries(
    Object.values(publishConfig.exports).flatMap((target) => {
      const [, file] = typeof target === "string" ? [] : (/^\.\/dist\/library\/(.+)\.js$/.exec(target.default) ?? []);
      if (file === undefined || typeof target === "string") return [];
      return [[file, join(folder, target.types.replace(/\.d\.ts$/, ".js"))]];
    }),
  );
}
