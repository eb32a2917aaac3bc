import { accessSync, constants, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import * as z from "zod";
import { downloadEnvironment } from "../support/extra-certificates.ts";
import { REPOSITORY } from "../support/repository.ts";
import { outputOf } from "../support/run-command.ts";

const PACKAGE_NAMES = ["ledger", "adapters", "advisor"] as const;

/** A package as it would be published. */
export interface PackedPackage {
  readonly name: string;
  /** The absolute path of the tarball. */
  readonly tarball: string;
  /** The absolute path of its unpacked content. */
  readonly folder: string;
}

/** The processes that run tests at the same time each have their own. */
const FOLDER = join(REPOSITORY, "test/.generated/packed", process.env["VITEST_POOL_ID"] ?? "0");

let packed: readonly PackedPackage[] | null = null;

/** Every package, built and packed; once for the tests that a process runs. Throws where one does not compile. */
export function packedPackages(): readonly PackedPackage[] {
  if (packed !== null) return packed;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  return (packed = packPackages(FOLDER));
}

function packPackages(into: string): readonly PackedPackage[] {
  const [command, ...args] = pnpmCommand();
  // Without a home to write to, npx needs another place for what it downloads.
  const env = isWritable(homedir())
    ? downloadEnvironment()
    : { ...downloadEnvironment(), npm_config_cache: join(into, "npm-cache") };
  outputOf(command, [...args, "--filter", "./packages/*", "pack", "--pack-destination", into], {
    cwd: REPOSITORY,
    env,
  });
  return PACKAGE_NAMES.map((short) => {
    const { name, version } = readManifest(join(REPOSITORY, "packages", short));
    const tarball = join(into, `farthing-${short}-${version}.tgz`);
    const folder = join(into, short);
    mkdirSync(folder);
    outputOf("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder], { cwd: into });
    return { name, tarball, folder };
  });
}

const Manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  main: z.string().optional(),
  types: z.string().optional(),
  bin: z.record(z.string(), z.string()).optional(),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
  typesVersions: z.record(z.string(), z.record(z.string(), z.array(z.string()))).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
});

/** The parts of a package.json that decide what importing the package finds. */
export type Manifest = z.infer<typeof Manifest>;

/** Reads the package.json of a package folder. Throws where it says something unexpected. */
export function readManifest(folder: string): Manifest {
  return Manifest.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The pnpm that runs this test, or the one that the repository asks for. */
function pnpmCommand(): [string, ...string[]] {
  const running = process.env["npm_execpath"] ?? "";
  if (!basename(running).startsWith("pnpm")) return ["npx", "-y", "pnpm@10.34.9"];
  return /\.[cm]?js$/.test(running) ? [process.execPath, running] : [running];
}
