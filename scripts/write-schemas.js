// Writes the JSON Schemas of docs/reference/schemas from the compiled packages; run it as the package script `schemas`.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonSchemas } from "@farthing/advisor/schemas";

const ENDING = ".schema.json";
const folder = fileURLToPath(new URL("../docs/reference/schemas", import.meta.url));
const schemas = await jsonSchemas();

mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) {
  if (name.endsWith(ENDING) && !schemas.has(name.slice(0, -ENDING.length))) rmSync(join(folder, name));
}
for (const [name, schema] of schemas) {
  writeFileSync(join(folder, `${name}${ENDING}`), `${JSON.stringify(schema, null, 2)}\n`);
}
console.log(`${schemas.size} schemas in ${folder}`);
