import { MODELS } from "./model-catalog.ts";

/** A model id taken apart into what decides its price. */
export interface ModelMatch {
  /** Canonical id, as in rate cards. */
  readonly model: string;
  readonly platform: "anthropic" | "bedrock" | "vertex";
  /**
   * Where the call ran as far as the id says: `global` is list price, `regional` may cost more,
   * `unknown` is a platform id that does not tell and is priced at list price, flagged.
   */
  readonly region: "global" | "regional" | "unknown";
}

const LONG_CONTEXT = "[1m]";
const BEDROCK = /^(?:(us|eu|au|jp|apac|global)\.)?anthropic\.(.+)$/;
const BEDROCK_VERSION = /-v\d+(?::0)?$/;
const VERTEX = /^(.+)@(\d{8}|default)$/;
const DATED = /^(.+)-(\d{8})$/;

/** Canonical ids by every exact id of the catalogue. A Map, so that `__proto__` is no entry. */
const CATALOGUE: ReadonlyMap<string, string> = new Map(
  MODELS.flatMap(({ id, aliases }) => [id, ...aliases].map((exact) => [exact, id] as const)),
);

/** Results for ids seen before: a ledger holds few ids and millions of requests. Bounded against hostile input. */
const matches = new Map<string, ModelMatch | null>();
const MATCHES_KEPT = 1_000;
const ID_LENGTH_MAX = 200;

/**
 * Recognises a model id exactly, or not at all.
 *
 * Known decorations come off first: Claude Code's `[1m]`, Vertex `@YYYYMMDD` and `@default`, Bedrock
 * `anthropic.` with or without a geography and `-vN` or `-vN:0`; then the id, or the id and `-YYYYMMDD`,
 * must be one of the catalogue's. A point release never inherits from its sibling.
 */
export function matchModel(id: string): ModelMatch | null {
  if (id.length > ID_LENGTH_MAX) return null;
  const seen = matches.get(id);
  if (seen !== undefined) return seen;
  const match = matchModelAmong(id, (exact) => CATALOGUE.get(exact) ?? null);
  if (matches.size >= MATCHES_KEPT) matches.clear();
  matches.set(id, match);
  return match;
}

/** The same recognition over other models than the catalogue's, such as those a user has priced. */
export function matchModelAmong(id: string, canonicalId: (exact: string) => string | null): ModelMatch | null {
  const bare = id.endsWith(LONG_CONTEXT) ? id.slice(0, -LONG_CONTEXT.length) : id;
  const bedrock = BEDROCK.exec(bare);
  if (bedrock !== null) {
    const [, geography, name = ""] = bedrock;
    const unversioned = name.replace(BEDROCK_VERSION, "");
    const model = canonicalId(name) ?? canonicalId(unversioned) ?? undated(unversioned, canonicalId);
    return model === null
      ? null
      : { model, platform: "bedrock", region: geography === "global" ? "global" : "regional" };
  }
  const vertex = VERTEX.exec(bare);
  if (vertex !== null) {
    const [, name = "", version = ""] = vertex;
    const model = version === "default" || isDate(version) ? canonicalId(name) : null;
    return model === null ? null : { model, platform: "vertex", region: "unknown" };
  }
  const model = canonicalId(bare) ?? undated(bare, canonicalId);
  return model === null ? null : { model, platform: "anthropic", region: "global" };
}

function undated(name: string, canonicalId: (exact: string) => string | null): string | null {
  const [, stem, date] = DATED.exec(name) ?? [];
  if (stem === undefined || date === undefined || !isDate(date)) return null;
  // Only a canonical id takes a date: an alias such as `claude-3-opus-latest` is complete as it stands.
  return canonicalId(stem) === stem ? stem : null;
}

function isDate(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() + 1 === month && date.getUTCDate() === day;
}
