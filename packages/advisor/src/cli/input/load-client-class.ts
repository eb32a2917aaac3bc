import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { isFields } from "../../trial/sample.ts";
import { UsageError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";
import { loadPackage } from "./load-module.ts";

const SDK = "@anthropic-ai/sdk";

/** The class of the SDK's clients. */
export type ClientClass<Client> = new (options: {
  readonly apiKey: string;
  readonly baseURL: string | null;
  readonly authToken: null;
}) => Client;

/**
 * The class of the SDK's clients, as it is installed where the command is called, else beside Farthing.
 *
 * @param what What goes through the SDK, such as "a trial sends requests".
 * @throws UsageError where it is not installed.
 */
export async function loadClientClass<Client>(
  { cwd }: Pick<CommandIo, "cwd">,
  what: string,
  beside: string = dirname(fileURLToPath(import.meta.url)),
): Promise<ClientClass<Client>> {
  const found = await loadPackage(SDK, [cwd, beside]);
  const { default: inner } = found ?? {};
  const candidates = [found?.["Anthropic"], isFields(inner) ? inner["Anthropic"] : null, inner];
  const client = candidates.find((candidate) => typeof candidate === "function");
  if (client !== undefined) return client as ClientClass<Client>;
  throw new UsageError(`${what} through ${SDK}, which is not installed here: npm install ${SDK}`);
}
