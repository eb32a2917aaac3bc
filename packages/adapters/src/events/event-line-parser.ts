import { createHash } from "node:crypto";
import { canonicalJson, InvalidEventError, type LedgerEvent } from "@farthing/ledger";
import type { Skip } from "../import/skip.ts";
import { isDeeperThan, isJsonObject, type JsonObject, parseJson } from "../ndjson/json-object.ts";
import { responseFromShortForm } from "./response-from-short-form.ts";

/** Events are read by functions that call themselves; the deepest field of a known event is six levels down. */
const LEVELS_MAX = 64;

export type ParsedEventLine =
  | { readonly kind: "event"; readonly event: LedgerEvent }
  | { readonly kind: "skipped"; readonly skip: Skip }
  | { readonly kind: "blank" };

/** Turns lines of one input, in order, into events: whole events by their `type`, others by the short form. */
export class EventLineParser {
  readonly #parseEvent: (json: unknown) => LedgerEvent;
  /** How often each line without an id has come, by its hash. */
  readonly #repeats = new Map<string, number>();

  constructor(parseEvent: (json: unknown) => LedgerEvent) {
    this.#parseEvent = parseEvent;
  }

  parse(text: string): ParsedEventLine {
    if (text.trim() === "") return { kind: "blank" };
    const value = parseJson(text);
    if (value === undefined) return skipped({ reason: "malformed-json", field: null, why: "not a line of JSON" });
    if (!isJsonObject(value)) {
      return skipped({ reason: "not-an-object", field: null, why: "a line must be a JSON object" });
    }
    if (isDeeperThan(value, LEVELS_MAX)) {
      const why = `nested more than ${String(LEVELS_MAX)} levels deep`;
      return skipped({ reason: "invalid-event", field: null, why });
    }
    if (isAboutClosing(value)) {
      const why = "a period is closed by farthing close alone, and nothing takes a closing back";
      return skipped({ reason: "invalid-event", field: "type", why });
    }
    try {
      return { kind: "event", event: this.#event(value) };
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
      return skipped({ reason: "invalid-event", field: error.field === "" ? null : error.field, why: error.message });
    }
  }

  #event(value: JsonObject): LedgerEvent {
    if (Object.hasOwn(value, "type")) return this.#parseEvent(value);
    return responseFromShortForm(value, () => this.#contentId(value));
  }

  /**
   * The id of a line that gives none: a hash of what it says, and its place among lines that say the same. So an
   * input that is imported again changes nothing, and two equal calls in it are two.
   */
  #contentId(value: JsonObject): string {
    const hash = createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 32);
    const repeat = this.#repeats.get(hash) ?? 0;
    this.#repeats.set(hash, repeat + 1);
    return `line:${hash}/${String(repeat)}`;
  }
}

/** A closing, or what would take one back: a figure that stands for ever cannot come from a file. */
function isAboutClosing(value: JsonObject): boolean {
  const corrects = value["corrects"];
  if (value["type"] === "PeriodClosed") return true;
  return value["type"] === "UsageCorrected" && typeof corrects === "string" && corrects.startsWith("close:");
}

function skipped(skip: Skip): ParsedEventLine {
  return { kind: "skipped", skip };
}
