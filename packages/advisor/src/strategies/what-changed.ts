import type { Trace, TraceRequest } from "../trace/trace.ts";

/** Where a prompt stops being the same as that of the request it continues. */
export interface PromptChange {
  /** `settings`: its blocks are the same, but not which tool may be used, how the model thinks, or that it has images. */
  readonly what: "tools" | "system" | "messages" | "settings" | "nothing";
  /** The first block that differs, counted from 1 within its section; null where it is not known. */
  readonly place: number | null;
}

/** What of a prompt changed; null where one of both prompts is not known, or they cannot be compared. */
export function whatChanged(trace: Trace, request: TraceRequest): PromptChange | null {
  const previous = request.prefix.previous === null ? undefined : trace.requests[request.prefix.previous];
  const [before, after] = [previous?.prompt ?? null, request.prompt];
  if (before === null || after === null || before.key !== after.key) return null;
  const table = trace.prefixes.get(after.key);
  if (table === undefined) return null;
  const places = new Map([...before.blocks.prefixes].map((prefix, index) => [prefix, index]));
  const { prefixes } = after.blocks;
  let same = prefixes.length - 1;
  while (same >= 0 && !places.has(prefixes[same] ?? 0)) same -= 1;
  const sameBefore = same < 0 ? -1 : (places.get(prefixes[same] ?? 0) ?? -1);
  const next = sameBefore + 1;
  if (next >= before.blocks.prefixes.length) return { what: "nothing", place: null };
  const old = table.blockOf(before.blocks.prefixes[next] ?? 0);
  const now = same + 1 < prefixes.length ? table.blockOf(prefixes[same + 1] ?? 0) : null;
  // A run that was left out begins behind the system prompt.
  if (old === null) return { what: "messages", place: null };
  if (now?.section === old.section && now.kind === old.kind && now.hash === old.hash) {
    return { what: "settings", place: null };
  }
  let place = 1;
  for (let index = next - 1; index >= 0; index -= 1) {
    const block = table.kindOf(before.blocks.prefixes[index] ?? 0);
    if (block === null) return { what: old.section, place: null };
    if (block.section !== old.section) break;
    place += 1;
  }
  return { what: old.section, place };
}
