import { convertUsage, InvalidUsageError, parseInstant, type Instant, type PriceBook } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { toNdjson } from "../output/output.ts";
import { priceBookFor, type PriceBookFlags } from "../input/price-book-for.ts";
import { priceToJson } from "../output/price-json.ts";
import { readLines } from "../input/read-lines.ts";
import { nowOf } from "../flags/selection.ts";
import { parseInstantFlag } from "../flags/time-options.ts";

export interface PriceFlags extends PriceBookFlags {
  /** A usage object of the API, as JSON. */
  readonly usage?: string;
  readonly at?: string;
  readonly stdin?: true;
}

/** A line that cannot be priced. Its code is stable: it appears in JSON. */
interface LineError {
  readonly code: string;
  readonly message: string;
}

/** `farthing price`: what one usage object costs, or each line of stdin. Always JSON, one document per line. */
export async function price(io: CommandIo, model: string | undefined, flags: PriceFlags): Promise<ExitCode> {
  return flags.stdin === true ? priceLines(io, model, flags) : priceOne(io, model, flags);
}

async function priceOne(io: CommandIo, model: string | undefined, flags: PriceFlags): Promise<ExitCode> {
  if (model === undefined || flags.usage === undefined) {
    throw new UsageError("price: expected MODEL --usage JSON, or --stdin");
  }
  const usage = convertUsageFlag(flags.usage);
  const at = flags.at === undefined ? nowOf(io, flags) : parseInstantFlag(flags.at, "--at");
  const book = await priceBookFor(io, flags);
  io.stdout.write(toNdjson(priceToJson(usage, model, at, book)));
  return EXIT.done;
}

function convertUsageFlag(text: string): ReturnType<typeof convertUsage>["usage"] {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--usage: this is not JSON: ${messageOf(error)}`, { cause: error });
  }
  try {
    return convertUsage(raw).usage;
  } catch (error) {
    if (!(error instanceof InvalidUsageError)) throw error;
    throw new UsageError(`--usage: ${error.message}`, { cause: error });
  }
}

async function priceLines(io: CommandIo, model: string | undefined, flags: PriceFlags): Promise<ExitCode> {
  if (model !== undefined || flags.usage !== undefined || flags.at !== undefined) {
    throw new UsageError('price --stdin: each line says {"model","usage","at"?}; leave out MODEL, --usage and --at');
  }
  const book = await priceBookFor(io, flags);
  const now = nowOf(io, flags);
  let exitCode: ExitCode = EXIT.done;
  for await (const { line, text } of readLines(io.stdin)) {
    if (text.trim() === "") continue;
    const result = priceLine(text, now, book);
    if ("error" in result) exitCode = EXIT.badInput;
    io.stdout.write(toNdjson("error" in result ? { line, ...result } : result.document));
  }
  return exitCode;
}

function priceLine(text: string, now: Instant, book: PriceBook): { document: object } | { error: LineError } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failed("INVALID_JSON", messageOf(error));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return failed("INVALID_LINE", 'expected an object {"model","usage","at"?}');
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const model = fields.get("model");
  const at = fields.get("at") ?? null;
  if (typeof model !== "string" || model === "") return failed("INVALID_LINE", "model: expected a model id");
  if (at !== null && typeof at !== "string") return failed("INVALID_INSTANT", "at: expected a date or a time as text");
  try {
    const { usage } = convertUsage(fields.get("usage"));
    return { document: priceToJson(usage, model, at === null ? now : parseInstant(at), book) };
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
    return failed(error.code, error.message);
  }
}

function failed(code: string, message: string): { error: LineError } {
  return { error: { code, message } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
