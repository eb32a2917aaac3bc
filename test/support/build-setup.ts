import { spawnSync } from "node:child_process";
import { keepCertificates } from "./extra-certificates.ts";
import { isFullRun } from "./full-run.ts";
import { REPOSITORY } from "./repository.ts";

/**
 * Compiles the packages, and bundles them and the command line, once before any test, because some tests start the built command line.
 *
 * Type errors are printed but stop nothing here: reporting them is the type check's work. A full run, which tests what was
 * compiled, ends with them.
 */
export default function buildPackages(): void {
  keepCertificates();
  const { status, stdout, error } = spawnSync("node_modules/.bin/tsc", ["-b"], { cwd: REPOSITORY, encoding: "utf8" });
  if (status !== 0) process.stderr.write(`tsc -b before the tests:\n${stdout ?? ""}${error?.message ?? ""}\n`);
  if (status !== 0 && isFullRun) throw new Error("the packages do not compile, and a full run tests what was compiled");
  for (const script of ["scripts/bundle-command.js", "scripts/bundle-packages.js"])
    spawnSync(process.execPath, [script], { cwd: REPOSITORY, stdio: ["ignore", "ignore", "inherit"] });
}
