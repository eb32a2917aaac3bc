import { dirname, resolve } from "node:path";
import type { Plugin } from "vitest/config";

/** Files that TypeScript has compiled, which Node loads as they are. */
export const COMPILED: RegExp = /\/packages\/\w+\/dist\/.*\.js$/;

/**
 * Where tests import a source of a package by its path, they get what was compiled of it: the modules of a package are then
 * loaded once, however they are asked for.
 */
export function compiledPackages(): Plugin {
  return {
    name: "compiled-packages",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith(".")) return null;
      const path = resolve(dirname(importer), source);
      const compiled = path.replace(/\/packages\/(\w+)\/src\/(.*)\.ts$/, "/packages/$1/dist/$2.js");
      return compiled === path ? null : compiled;
    },
  };
}
