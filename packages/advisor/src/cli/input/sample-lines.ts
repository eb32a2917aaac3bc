import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { convertUsage, InvalidUsageError, type Usage } from "@farthing/ledger";
import { isFields, type RecordedAnswer, type RequestParams, type Sample } from "../../trial/sample.ts";
import { InputError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";
import { readLines } from "./read-lines.ts";

const KEYS = ["params", "answer", "usage"];
const EXPECTED = 'expected an object {"params", "answer"?, "usage"?}';

/**
 * Reads the samples of a file, or of stdin for `-`, one a line; blank lines count and are passed over.
 *
 * @throws InputError naming the line that is no sample. It quotes nothing of it.
 */
export async function readSamples(io: CommandIo, file: string): Promise<readonly Sample[]> {
  const name = file === "-" ? "stdin" : file;
  const samples: Sample[] = [];
  for await (const { line, text } of readLines(file === "-" ? io.stdin : createReadStream(resolve(io.cwd, file)))) {
    if (text.trim() !== "") samples.push(parseSample(text, line, `${name}:${String(line)}`));
  }
  if (samples.length === 0) throw new InputError(`${name}: there is no sample in it`);
  return samples;
}

function parseSample(text: string, line: number, where: string): Sample {
  const value = parseJson(text, where);
  if (!isFields(value)) throw new InputError(`${where}: ${EXPECTED}`);
  if (!Object.keys(value).every((key) => KEYS.includes(key))) {
    throw new InputError(`${where}: there is a field of another name; ${EXPECTED}`);
  }
  const { params } = value;
  if (!isFields(params)) throw new InputError(`${where}: params: expected the parameters of a request`);
  checkParams(params, where);
  return { line, params, model: modelOf(params, where), recorded: recordedOf(value, where) };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the line.
    throw new InputError(`${where}: this is not JSON`);
  }
}

function modelOf({ model }: RequestParams, where: string): string | null {
  if (model === undefined) return null;
  if (typeof model === "string" && model !== "") return model;
  throw new InputError(`${where}: params.model: expected the name of a model`);
}

function checkParams({ max_tokens: most, messages }: RequestParams, where: string): void {
  if (!Array.isArray(messages)) throw new InputError(`${where}: params.messages: expected a list of messages`);
  if (typeof most === "number" && Number.isSafeInteger(most) && most >= 0) return;
  throw new InputError(`${where}: params.max_tokens: expected a whole number of tokens`);
}

function recordedOf(sample: Readonly<Record<string, unknown>>, where: string): RecordedAnswer | null {
  const { answer, usage } = sample;
  if (answer !== undefined) return { answer, usage: usage === undefined ? null : usageOf(usage, where) };
  if (usage === undefined) return null;
  throw new InputError(`${where}: usage: of which answer? Give it as "answer", or leave out both`);
}

function usageOf(usage: unknown, where: string): Usage {
  try {
    return convertUsage(usage).usage;
  } catch (error) {
    if (!(error instanceof InvalidUsageError)) throw error;
    throw new InputError(`${where}: usage: ${error.message}`, { cause: error });
  }
}
