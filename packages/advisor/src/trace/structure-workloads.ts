import { ALIKE_MAX, RESPONSES_MIN } from "../thresholds.ts";
import type { PromptStructures } from "./prompt-structure.ts";
import type { RecordedCall } from "./recorded-call.ts";

/** Digits of a hash that a person can keep in mind. */
const SHORT_HASH_DIGITS = 6;

/** Calls of which nobody has said what they are for. */
export interface UnnamedCalls {
  /** Places in `calls`, in order. */
  readonly members: readonly number[];
  /** All calls, in order of their start. */
  readonly calls: readonly RecordedCall[];
  /** By place, the first call of its conversation. */
  readonly firstOf: Uint32Array;
}

/**
 * Names calls by their structure: by model, tools and system prompt, such as `opus-5-5, 5 tools, system a1b2c3`; else by
 * model, number of tools and what is asked for. Null for a structure that too few calls have. A conversation has the name
 * of its first call.
 *
 * A system prompt, or a limit, that differs from call to call does not make workloads: where more of them than
 * `ALIKE_MAX` have all else in common, or fewer than `RESPONSES_MIN` calls share one, it is left out of the name.
 */
export function structureWorkloads(
  { members, calls, firstOf }: UnnamedCalls,
  structures: PromptStructures,
): readonly (string | null)[] {
  const levelsOf = new Map<number, StructureNames>();
  const levels = members.map((index) => {
    const first = firstOf[index] ?? index;
    const known = levelsOf.get(first) ?? namesOf(calls[first], structures);
    levelsOf.set(first, known);
    return known;
  });
  const names = members.map((): string | null => null);
  for (const level of LEVELS) {
    const open = levels.map((each, place) => (names[place] === null ? each : null));
    const kept = namesKept(open, level);
    for (const [place, each] of open.entries()) {
      const name = each?.[level] ?? null;
      if (name !== null && kept.has(name)) names[place] = name;
    }
  }
  return names;
}

/** From the one that says most; null where it is not known. */
const LEVELS = ["bySystem", "byLimit", "byTools"] as const;
type Level = (typeof LEVELS)[number];
type StructureNames = Readonly<Record<Level, string | null>>;

function namesOf(call: RecordedCall | undefined, structures: PromptStructures): StructureNames {
  if (call === undefined) return { bySystem: null, byLimit: null, byTools: null };
  const structure = structures.of(call);
  const { tools } = structure;
  if (tools === null) return { bySystem: null, byLimit: null, byTools: null };
  const hash = structures.hashOf(call, structure);
  const start = `${call.cacheKey.replace(/^claude-/, "")}, ${toolWords(tools)}`;
  const { maxTokens = null, stream = null, outputFormat = false } = call.shape ?? {};
  const asked = [start, outputFormat ? "form given" : null, stream === true ? "streamed" : null];
  const byTools = asked.filter((part) => part !== null).join(", ");
  return {
    bySystem: hash === null ? null : `${start}, system ${hash.slice(0, SHORT_HASH_DIGITS)}`,
    byLimit: maxTokens === null ? null : `${byTools}, max ${String(maxTokens)}`,
    byTools,
  };
}

/** The names of a level that enough calls have, and that are not one of too many that differ in this level alone. */
function namesKept(open: readonly (StructureNames | null)[], level: Level): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const names of open) {
    const name = names?.[level] ?? null;
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const kept = new Set([...counts].filter(([, count]) => count >= RESPONSES_MIN).map(([name]) => name));
  if (level === "byTools") return kept;
  const alike = new Map<string, Set<string>>();
  for (const names of open) {
    const name = names?.[level] ?? null;
    const rest = names?.byTools ?? null;
    if (name === null || rest === null || !kept.has(name)) continue;
    const others = alike.get(rest) ?? new Set<string>();
    alike.set(rest, others.add(name));
  }
  for (const others of alike.values()) if (others.size > ALIKE_MAX) for (const name of others) kept.delete(name);
  return kept;
}

function toolWords(count: number): string {
  if (count === 0) return "no tools";
  return count === 1 ? "1 tool" : `${String(count)} tools`;
}
