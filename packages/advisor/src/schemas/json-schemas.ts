import { loadEventJsonSchema } from "@farthing/ledger";
import { z } from "zod";
import { DOCUMENTS } from "./documents.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schemas of all documents and of the events of a ledger, by name. They allow keys they do not know, as
 * readers should.
 */
export async function jsonSchemas(): Promise<ReadonlyMap<string, JsonSchema>> {
  const eventJsonSchema = await loadEventJsonSchema();
  const documents = DOCUMENTS.map(({ name, title, description, schema }): [string, JsonSchema] => [
    name,
    identified(name, title, description, z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" })),
  ]);
  const event = identified(
    "event",
    "Event of a ledger",
    "One whole event: a line of `farthing import events`, and what a ledger's log holds",
    eventJsonSchema(),
  );
  return new Map([...documents, ["event", event]]);
}

function identified(name: string, title: string, description: string, schema: JsonSchema): JsonSchema {
  const { $schema, ...rest } = schema;
  return { $schema, $id: `farthing:${name}/1`, title, description, ...rest };
}
