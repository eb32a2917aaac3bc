import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Fields = Readonly<Record<string, unknown>>;

/** The messages that the SDK handed over in a recorded exchange, whichever tool recorded it. */
export function recordedStreams(folder: string): ReadonlyMap<string, readonly unknown[]> {
  const files = readdirSync(folder).filter((name) => /\.(?:json|yaml)$/.test(name));
  return new Map(files.map((name) => [name, messagesOf(parse(readFileSync(join(folder, name), "utf8")))]));
}

function messagesOf(recorded: unknown): readonly unknown[] {
  if (Array.isArray(recorded)) return recorded;
  const { messages } = recorded as { readonly messages: readonly Fields[] };
  return messages.flatMap((each) => {
    if (!("direction" in each)) return [each];
    return each["direction"] === "recv" ? [each["message"]] : [];
  });
}
