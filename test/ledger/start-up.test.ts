import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { expect, it } from "vitest";
import { aRequestCompleted, aTokensCounted } from "../support/builders.ts";
import { REPOSITORY } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TELL_MODULES = `
  import { writeSync } from "node:fs";
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    writeSync(2, resolved.url + "\\n");
    return resolved;
  }`;

/** URLs of the modules that a process loads which does this with a ledger. */
function modulesLoaded(path: string, statements: string): string {
  const index = pathToFileURL(join(REPOSITORY, "packages/ledger/dist/index.js")).href;
  const script = `
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(${JSON.stringify(TELL_MODULES)}));
    const { openLedger } = await import(${JSON.stringify(index)});
    const path = ${JSON.stringify(path)};
    ${statements}`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return stderr;
}

it("takes no longer for the schemas, which the first event loads that is appended and needs them", async () => {
  const path = join(temporaryFolder(), "ledger");
  {
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([aRequestCompleted()]);
  }
  const reading = modulesLoaded(path, 'await (await openLedger(path, { mode: "read" })).account();');
  expect(reading).toContain("/dist/folder-ledger.js");
  expect(reading).not.toMatch(/zod|steno/);
  const appending = (event: LedgerEvent): string =>
    `const ledger = await openLedger(path, { mode: "write" });
    await ledger.append([${JSON.stringify(event)}]);
    await ledger.close();`;
  expect(modulesLoaded(path, appending(aRequestCompleted({ id: "msg:another" })))).not.toMatch(/zod|steno/);
  expect(modulesLoaded(path, appending(aTokensCounted()))).toMatch(/zod/);
});
