import { resolve } from "node:path";
import { EXACT, jsonFields, userFunction, type Agreement, type UserJudge } from "../../trial/agreement.ts";
import { InputError, UsageError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";
import { loadFile } from "./load-module.ts";

/** How agreement is to be judged: `exact`, `json-fields`, or a module whose default export says it. */
export async function chooseAgreement(
  { cwd }: Pick<CommandIo, "cwd">,
  agree: string,
  fields: string | undefined,
): Promise<Agreement> {
  if (fields !== undefined && agree !== "json-fields") {
    throw new UsageError("--fields: goes with --agree json-fields");
  }
  if (agree === "exact") return EXACT;
  if (agree === "json-fields") return jsonFields(namesOf(fields));
  const judge = await defaultExport(resolve(cwd, agree));
  if (typeof judge === "function") return userFunction(judge as UserJudge);
  throw new InputError(`${agree}: expected a module whose default export is a function that returns true or false`);
}

function namesOf(fields: string | undefined): readonly string[] {
  const names = fields?.split(",").map((name) => name.trim()) ?? [];
  if (names.includes(""))
    throw new UsageError("--fields: expected names with commas between, such as label,address.city");
  return names;
}

async function defaultExport(path: string): Promise<unknown> {
  try {
    return (await loadFile(path))["default"];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`${path}: this module cannot be loaded: ${why}`, { cause: error });
  }
}
