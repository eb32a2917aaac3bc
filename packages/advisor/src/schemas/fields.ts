import { z } from "zod";

/** The fields of an object schema, one for each key of the type it describes: none missing, none more. */
export type Fields<T> = { readonly [Key in keyof T]-?: z.ZodType };

/** The version of every document's shape. */
export const schemaVersion: z.ZodType<1> = z
  .literal(1)
  .describe(
    "Version of the document's shape; keys may be added within a version, readers ignore those they do not know",
  );

/** How to come by a document, or a part of it, again. */
export const command: z.ZodType<string> = z
  .string()
  .min(1)
  .describe(
    "A command line, for a POSIX shell, that prints each number beside and below it again, to the digit; the nearest on the way up counts",
  );

/** A number of tokens, responses, lines or bytes. */
export const count: z.ZodType<number> = z
  .int()
  .nonnegative()
  .meta({ id: "count", description: "A number of tokens, responses, lines or bytes" });

/** Exact US dollars as a decimal string; can be negative. */
export const usd: z.ZodType<string> = z
  .string()
  .regex(/^(?:0|-?(?:[1-9]\d*(?:\.\d{0,11}[1-9])?|0\.\d{0,11}[1-9]))$/)
  .meta({ id: "usd", description: "Exact US dollars, decimal, without exponent or trailing zeros; can be negative" });

/** As `usd`, of what cannot be negative: what something cost, or a rate. */
export const cost: z.ZodType<string> = z
  .string()
  .regex(/^(?:0|[1-9]\d*(?:\.\d{0,11}[1-9])?|0\.\d{0,11}[1-9])$/)
  .meta({ id: "cost", description: "Exact US dollars, decimal, without exponent or trailing zeros" });

/** ISO 8601 in UTC with milliseconds. */
export const time: z.ZodType<string> = z.iso
  .datetime({ precision: 3 })
  .meta({ id: "time", description: "ISO 8601 in UTC with milliseconds" });

/** A calendar day, `YYYY-MM-DD`. */
export const day: z.ZodType<string> = z.iso.date();

/** IANA name of the zone that cuts hours, days and months. */
export const timeZone: z.ZodType<string> = z
  .string()
  .min(1)
  .describe("IANA name of the zone that cuts hours, days and months");

/** What was looked back to. */
export const asOf: z.ZodType<string | null> = z
  .string()
  .nullable()
  .describe("What had been recorded by then was looked at: a time, or a position; null for all there is");

/** Which prices were used. */
export const priceBook: z.ZodType<string> = z
  .string()
  .min(1)
  .describe("Short hash of all rate cards: figures with the same hash were computed from the same prices");

/** One of these codes, each with its meaning. */
export function codes<T extends string>(meanings: Readonly<Record<T, string>>): z.ZodType<T> {
  const literals = (Object.keys(meanings) as T[]).map((code) => z.literal(code).describe(meanings[code]));
  return z.union(literals);
}
