import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, it } from "vitest";
import { outputOf } from "../support/run-command.ts";
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
