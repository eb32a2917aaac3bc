import { createColors } from "picocolors";
import { SCHEMA_VERSION } from "../../report/schema-version.ts";
import type { CommandIo, TextSink } from "../io.ts";

/** Width of a line where no terminal says otherwise. */
const COLUMNS_DEFAULT = 80;
const COLUMNS_MIN = 40;

export function toJson(document: object): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document }, null, 2)}\n`;
}

export function writeJson(sink: TextSink, document: object): void {
  sink.write(toJson(document));
}

/** One document on one line. */
export function toNdjson(document: object): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document })}\n`;
}

export function writeLines(sink: TextSink, lines: readonly string[]): void {
  sink.write(`${lines.join("\n")}\n`);
}

/** How wide results may be: the terminal's width, else `COLUMNS`, else 80. */
export function columnsOf({ stdout, env }: CommandIo): number {
  const columns = stdout.columns ?? Number(env["COLUMNS"]);
  return Number.isInteger(columns) && columns > 0 ? Math.max(columns, COLUMNS_MIN) : COLUMNS_DEFAULT;
}

/** Emphasis on a terminal that wants it, else the text as it is. */
export function bold(io: CommandIo, text: string): string {
  const wanted = io.stdout.isTTY === true && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb";
  return createColors(wanted).bold(text);
}
