import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FOLDER_OF_TESTS } from "../support/folder-of-tests.ts";
import { describeInFullRun } from "../support/full-run.ts";
import { REPOSITORY } from "../support/repository.ts";
import { runCommand, type CommandResult } from "../support/run-command.ts";
import { CONSUMERS, EXPECTED_OUTPUT, TYPESCRIPT_VERSIONS, type Consumer, type TypeScriptVersion } from "./consumers.ts";
import { packedPackages, type PackedPackage } from "./packages.ts";
import { compilePrograms, installCompilers, installProject, runConsumer, type Program } from "./project.ts";

/** The optional peer, absent and present; its oldest supported release goes with the oldest compiler. */
function sdkVersions(typescript: TypeScriptVersion): readonly (string | null)[] {
  return [null, typescript === TYPESCRIPT_VERSIONS[0] ? "0.101.0" : "1.12.0"];
}

/** Without the peer it is what declarations import that can be missing: found once per way of resolving them. */
function consumersOf(typescript: TypeScriptVersion, sdk: string | null): readonly Consumer[] {
  return CONSUMERS.filter(
    (consumer) => consumer.typescript.includes(typescript) && (sdk !== null || consumer.checksLibraries),
  );
}

describeInFullRun("the published packages", "downloads four releases of TypeScript", () => {
  let root = "";
  let packages: readonly PackedPackage[] = [];
  beforeAll(() => {
    root = mkdtempSync(join(FOLDER_OF_TESTS, "farthing-consumers-"));
    packages = packedPackages();
    return () => {
      rmSync(root, { recursive: true, force: true });
    };
  });

  let compilers: string | null = null;

  /** The folder with every compiler; filled when first asked for. */
  const installedCompilers = (): string => {
    if (compilers === null) installCompilers(join(root, "compilers"));
    return (compilers = join(root, "compilers"));
  };

  const projects = new Map<string | null, string>();

  /** A project with the packages, and with a release of the peer or without it; installed when first asked for. */
  const projectWith = (sdk: string | null): string => {
    const project = projects.get(sdk) ?? join(root, `sdk-${sdk ?? "none"}`);
    if (!projects.has(sdk)) {
      const ours = packages.map(({ name, tarball }) => [name, `file:${tarball}`]);
      const peer = sdk === null ? {} : { "@anthropic-ai/sdk": sdk };
      installProject(project, { ...Object.fromEntries(ours), "@types/node": "^20.19.0", ...peer });
    }
    projects.set(sdk, project);
    return project;
  };

  describe.each(TYPESCRIPT_VERSIONS)("with TypeScript %s", (typescript) => {
    describe.each(sdkVersions(typescript))("and @anthropic-ai/sdk %s", (sdk) => {
      const consumers = consumersOf(typescript, sdk);
      let programs: readonly Program[] = [];
      let compiled: CommandResult | null = null;
      beforeAll(() => {
        const project = projectWith(sdk);
        programs = consumers.map((consumer) => {
          const name = `${typescript} ${consumer.name}`.replaceAll(/[^A-Za-z0-9]+/g, "-");
          return { folder: join(project, name), consumer };
        });
        compiled = compilePrograms(programs, typescript, installedCompilers());
      });

      it.each(consumers)("type-check and run: $name", { timeout: 120_000 }, (consumer) => {
        expect(compiled).toMatchObject({ exitCode: 0, stdout: "" });
        const program = programs.find((each) => each.consumer === consumer);
        expect(runConsumer(program?.folder ?? "")).toEqual({ exitCode: 0, stdout: EXPECTED_OUTPUT, stderr: "" });
      });
    });
  });

  it("bring a farthing command that starts", { timeout: 120_000 }, () => {
    const result = runCommand("node_modules/.bin/farthing", ["--help"], { cwd: projectWith(null) });
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toContain("farthing");
  });

  it("resolve to the right types for every import, old resolution included", { timeout: 120_000 }, () => {
    for (const { tarball } of packages) {
      // The one rule left out says that ES modules cannot be required, which Node 20.19 and later can do.
      const args = [tarball, "--ignore-rules", "cjs-resolves-to-esm", "--format", "ascii", "--no-color"];
      const result = runCommand("node_modules/.bin/attw", args, { cwd: REPOSITORY });
      expect(result, result.stdout).toMatchObject({ exitCode: 0 });
    }
  });
});
