import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { REPOSITORY } from "../support/repository.ts";
import { outputOf, runCommand } from "../support/run-command.ts";
import { packedPackages, readManifest, type Manifest, type PackedPackage } from "./packages.ts";

/** Types that are not in TypeScript 5.4, the oldest release that the packages are compiled with, or not generic there. */
const NEWER_TYPES =
  /\b((Big)?(Int|Uint|Float)\d+(Clamped)?Array|Buffer|DataView)<|\b(NonSharedBuffer|IteratorObject|AsyncIteratorObject|BuiltinIterator(Return)?|(Map|Set|Array|String|RegExpString)Iterator)\b/;

let packages: readonly PackedPackage[] = [];

beforeAll(() => {
  packages = packedPackages();
});

describe.each(["@farthing/ledger", "@farthing/adapters", "@farthing/advisor"])("the tarball of %s", (name) => {
  const packed = (): PackedPackage => {
    const found = packages.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} was not packed`);
    return found;
  };

  it("holds the build, its sources and its papers, and nothing else", () => {
    const files = outputOf("tar", ["-tzf", packed().tarball], { cwd: packed().folder }).trim().split("\n");
    const unexpected = files.filter(
      (file) =>
        !/^package\/(bin\/.+\.js|dist\/.+\.(js|d\.ts)(\.map)?|src\/.+\.ts|package\.json|README\.md|LICENSE)$/.test(
          file,
        ),
    );
    expect(unexpected).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["package/LICENSE", "package/README.md"]));
  });

  it("holds every file that its package.json points to", () => {
    const missing = pathsIn(readManifest(packed().folder)).filter((path) => !existsSync(join(packed().folder, path)));
    expect(missing).toEqual([]);
  });

  it("names the built files only, and released versions of its neighbours", () => {
    const { exports, dependencies = {} } = readManifest(packed().folder);
    expect(JSON.stringify(exports)).not.toMatch(/@farthing\/source|src\//);
    expect(Object.values(dependencies).filter((range) => range.startsWith("workspace:"))).toEqual([]);
  });

  it("gives each subpath to old module resolution as well", () => {
    const manifest = readManifest(packed().folder);
    const subpaths = Object.keys(manifest.exports).filter((key) => key !== "." && !key.endsWith(".json"));
    const old = Object.keys(manifest.typesVersions?.["*"] ?? {});
    expect(old.map((subpath) => `./${subpath}`)).toEqual(subpaths);
    if ("." in manifest.exports)
      expect(manifest).toMatchObject({ main: "./dist/index.js", types: "./dist/index.d.ts" });
  });

  it("declares nothing in types that its oldest compiler lacks", () => {
    const { folder } = packed();
    const declarations = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".d.ts"),
    );
    const newer = declarations.flatMap((file) =>
      readFileSync(join(folder, file), "utf8")
        .split("\n")
        .filter((line) => NEWER_TYPES.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(declarations).not.toEqual([]);
    expect(newer).toEqual([]);
  });

  it("satisfies publint", async () => {
    const { messages, pkg } = await publint({ pkgDir: packed().folder, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});

describe("a program that records with the packed packages", () => {
  it("loads a few files of them, and no schemas, before and after its first event", () => {
    const project = mkdtempSync(join(tmpdir(), "farthing-records-"));
    // Copied: what a link leads to looks for its dependencies where it is.
    for (const { name, folder } of packages.filter(({ name }) => !name.endsWith("advisor")))
      for (const part of ["package.json", "dist/library"])
        cpSync(join(folder, part), join(project, "node_modules", name, part), { recursive: true });
    symlinkSync(join(REPOSITORY, "node_modules/zod"), join(project, "node_modules/zod"));
    writeFileSync(join(project, "record.mjs"), RECORD);
    const { exitCode, stdout, stderr } = runCommand(process.execPath, ["record.mjs"], {
      cwd: project,
      env: { ...process.env, NODE_DEBUG: "esm" },
    });
    const files = [...stderr.matchAll(/Translating \w+ (file:\S+)/g)].map(([, url = ""]) => url);
    rmSync(project, { recursive: true });
    expect([exitCode, stdout], stderr).toEqual([0, "1 function\n"]);
    expect(files.filter((url) => url.includes("/@farthing/")).length).toBeGreaterThan(3);
    expect(files.length).toBeLessThanOrEqual(8);
  });
});

/** Records an event, and says how many responses are read of it then. */
const RECORD = `
  import { attach } from "@farthing/adapters/anthropic";
  import { openLedger } from "@farthing/ledger";
  const ledger = await openLedger("ledger", { mode: "write", create: true });
  ledger.record(${JSON.stringify(aRequestCompleted())});
  await ledger.close();
  const { responses } = await (await openLedger("ledger", { mode: "read" })).account();
  process.stdout.write(responses.length + " " + typeof attach + "\\n");
`;

/** Every file path that a package.json names, relative to the package. */
function pathsIn(manifest: Manifest): string[] {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  const typesVersions = Object.values(manifest.typesVersions ?? {}).flatMap((paths) => Object.values(paths).flat());
  const single = [manifest.main, manifest.types].filter((path) => path !== undefined);
  return [...targets, ...typesVersions, ...single, ...Object.values(manifest.bin ?? {})].map((path) =>
    posix.normalize(path),
  );
}
