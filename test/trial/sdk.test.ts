import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadClientClass } from "../../packages/advisor/src/cli/input/load-client-class.ts";
import { emptyFolder } from "../support/run-cli.ts";

/** A folder in which an SDK is installed, by what its module says. */
function folderWithSdk(manifest: object, source: string): string {
  const folder = emptyFolder();
  const sdk = join(folder, "node_modules/@anthropic-ai/sdk");
  mkdirSync(sdk, { recursive: true });
  writeFileSync(
    join(sdk, "package.json"),
    JSON.stringify({ name: "@anthropic-ai/sdk", main: "index.js", ...manifest }),
  );
  writeFileSync(join(sdk, "index.js"), source);
  return folder;
}

const WHAT = "a trial sends requests";

describe("the SDK of a command", () => {
  it("is asked for by name where it is not installed", async () => {
    await expect(loadClientClass({ cwd: emptyFolder() }, WHAT, emptyFolder())).rejects.toThrow(
      "npm install @anthropic-ai/sdk",
    );
  });

  it.each([
    ["a module", { type: "module" }, "export class Anthropic {}\nexport default Anthropic;\n"],
    ["a module that has it by default", { type: "module" }, "export default class Anthropic {}\n"],
    ["CommonJS", {}, "class Anthropic {}\nexports = module.exports = Anthropic;\nexports.Anthropic = Anthropic;\n"],
  ])("is the one of the folder that the command is called in: %s", async (_, manifest, source) => {
    const own = folderWithSdk({ type: "module" }, "export class Anthropic { static other = true }\n");
    const found = await loadClientClass({ cwd: folderWithSdk(manifest, source) }, WHAT, own);
    expect(found.name).toBe("Anthropic");
    expect(found).not.toHaveProperty("other");
    expect(await loadClientClass({ cwd: emptyFolder() }, WHAT, own)).toHaveProperty("other");
  });
});
