import { spawnSync } from "node:child_process";
import { keepCertificates } from "./extra-certificates.ts";
import { REPOSITORY } from "./repository.ts";

/**
 * Compiles the packages, and bundles the command line, once before any test, because some tests start the built command line.
 *
 * Type errors are printed but stop nothing here: reporting them is the type check's work.
 */
export default function buildPackages(): void {
  keepCertificates();
  const { status, stdout, error } = spawnSync("node_modules/.bin/tsc", ["-b"], { cwd: REPOSITORY, encoding: "utf8" });
  if (status !== 0) process.stderr.write(`tsc -b before the tests:\n${stdout ?? ""}${error?.message ?? ""}\n`);
  spawnSync(process.execPath, ["scripts/bundle-command.js"], {
    cwd: REPOSITORY,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
