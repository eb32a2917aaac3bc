import type { SkipReason } from "@farthing/adapters/events";
import { DOCUMENTS, jsonSchemas, type DocumentSchema, type JsonSchema, type SkipCode } from "@farthing/advisor/schemas";
import { beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { keysIn, keysOfSchema } from "./json-keys.ts";
import type { PrintedDocument } from "./printed-document.ts";
import { printedDocuments } from "./printed-documents.ts";

/** The example is replayed once. */
const TIMEOUT_MS = 240_000;

describe.each([...DOCUMENTS])("the schema of $name", ({ name, schema }: DocumentSchema) => {
  let printed: readonly PrintedDocument[] = [];
  let jsonSchema: JsonSchema = {};
  beforeAll(async () => {
    printed = (await allPrinted()).filter((document) => document.name === name);
    jsonSchema = (await jsonSchemas()).get(name) ?? {};
  }, TIMEOUT_MS);

  it("describes every key of every document printed", () => {
    expect(printed.length).toBeGreaterThan(0);
    // Parsing leaves out keys that the schema does not know.
    for (const { command, json } of printed) expect(schema.parse(json), command).toStrictEqual(json);
  });

  it("names no key that is never printed", () => {
    const seen = new Set(printed.flatMap(({ json }) => [...keysIn(json)]));
    const named = keysOfSchema(jsonSchema);
    expect(named.size).toBeGreaterThan(0);
    expect([...named].filter((key) => !seen.has(key))).toEqual([]);
  });

  it("allows keys of a later release", () => {
    for (const { json } of printed) {
      expect(schema.parse({ ...(json as object), ofALaterRelease: 1 })).toStrictEqual(json);
    }
  });
});

let documents: Promise<readonly PrintedDocument[]> | null = null;

/** The documents of all commands, printed once for all tests. */
function allPrinted(): Promise<readonly PrintedDocument[]> {
  documents ??= printedDocuments();
  return documents;
}

describe("the codes of skipped lines", () => {
  it("are those of the adapters", () => {
    expectTypeOf<SkipCode>().toEqualTypeOf<SkipReason>();
  });
});
