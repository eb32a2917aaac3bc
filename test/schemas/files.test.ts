import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exampleEvents } from "@farthing/advisor";
import { jsonSchemas, type JsonSchema } from "@farthing/advisor/schemas";
import { encodeEvent } from "@farthing/ledger";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { filesBelow, REPOSITORY } from "../support/repository.ts";

const FOLDER = "docs/reference/schemas";

function committed(name: string): unknown {
  return JSON.parse(readFileSync(join(REPOSITORY, FOLDER, `${name}.schema.json`), "utf8"));
}

describe("the committed JSON Schemas", () => {
  let generated: ReadonlyMap<string, JsonSchema> = new Map();
  beforeAll(async () => {
    generated = await jsonSchemas();
  });

  it("are those of this release; else run the package script `schemas`", () => {
    const names = filesBelow(FOLDER, ".schema.json").map((path) =>
      path.slice(FOLDER.length + 1, -".schema.json".length),
    );
    expect(names.toSorted()).toEqual([...generated.keys()].toSorted());
    for (const [name, schema] of generated) {
      expect(JSON.stringify(committed(name)), name).toBe(JSON.stringify(schema));
    }
  });

  it("say what they are, in draft 2020-12, by an id that names no host", () => {
    for (const [name, schema] of generated) {
      expect(schema).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `farthing:${name}/1`,
        title: expect.any(String),
        description: expect.any(String),
      });
      expect(JSON.stringify({ ...schema, $schema: null }), name).not.toContain("://");
    }
  });

  it("forbid no key they do not know", () => {
    for (const [name, schema] of generated) {
      expect(JSON.stringify(schema), name).not.toContain('"additionalProperties":false');
    }
  });

  it("describe each field of a document", () => {
    for (const [name, schema] of generated) {
      if (name !== "event") expect(undescribed(schema, name)).toEqual([]);
    }
  });

  it("are all listed in the README of their folder", () => {
    const readme = readFileSync(join(REPOSITORY, FOLDER, "README.md"), "utf8");
    for (const name of generated.keys()) expect(readme).toContain(`(${name}.schema.json)`);
  });

  it("accept the events of a ledger", () => {
    const schema = z.fromJSONSchema(committed("event") as z.core.JSONSchema.JSONSchema);
    const events = exampleEvents().slice(0, 200);
    for (const event of events) schema.parse(JSON.parse(encodeEvent(event)));
    expect(schema.safeParse({ type: "RequestCompleted", version: 1 }).success).toBe(false);
  });
});

/** Paths of properties without a description, at any depth. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (key !== "properties") return undescribed(value, `${path}/${key}`);
    return Object.entries(value as Record<string, object>).flatMap(([name, property]) => [
      ...("description" in property ? [] : [`${path}.${name}`]),
      ...undescribed(property, `${path}.${name}`),
    ]);
  });
}
