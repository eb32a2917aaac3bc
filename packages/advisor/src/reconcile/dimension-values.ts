import { matchModel, type BilledAs, type BillCostLine } from "@farthing/ledger";
import { NAME_IN_REPORTS } from "./bill.ts";
import type { BillItem, Dimension } from "./reconciliation.ts";

/** What of recorded usage a bill can tell apart, besides its time and its items. */
export interface RecordedAs {
  readonly service: string | null;
  readonly workspace: string | null;
  /** The label `api-key`: the id of the key. */
  readonly apiKey: string | null;
  readonly billedAs: BilledAs;
  readonly longPrompt: boolean;
}

/** Dimensions that a request need not have been recorded with. All others are known of every one. */
export const OPTIONAL_DIMENSIONS: readonly Dimension[] = ["apiKey", "workspace"];

/** What a bill leaves out where a request did not ask for anything else. */
const USUAL: Readonly<Partial<Record<Dimension, string>>> = {
  serviceTier: "standard",
  inferenceGeo: "global",
  speed: "standard",
  workspace: "default",
};

/** Items that no report tells apart by what a model was asked for. */
export const WITHOUT_MODEL: readonly BillItem[] = ["webSearch", "codeExecution"];
const MODEL_DIMENSIONS: readonly Dimension[] = ["model", "serviceTier", "inferenceGeo", "speed", "contextWindow"];

/** Of some dimensions, those that an item is told apart by. */
export function dimensionsOfItem(names: readonly Dimension[], item: BillItem): readonly Dimension[] {
  return WITHOUT_MODEL.includes(item) ? names.filter((name) => !MODEL_DIMENSIONS.includes(name)) : names;
}

/** A value as both sides name it; what a bill leaves out is the usual. */
export function valueOrUsual(name: Dimension, value: string | null): string {
  return value ?? USUAL[name] ?? "unknown";
}

/** What a row of the bill has in a dimension; null where it has none. */
export function billValue({ dimensions }: Pick<BillCostLine, "dimensions">, name: Dimension): string | null {
  const value = dimensions[NAME_IN_REPORTS[name]] ?? null;
  return value === null ? null : normal(name, value);
}

/**
 * What recorded usage has in a dimension; null where it was not recorded.
 *
 * @param billed Values that occur in the bill.
 */
export function recordedValue(
  { workspace, apiKey, billedAs, longPrompt }: RecordedAs,
  name: Dimension,
  billed: ReadonlyMap<Dimension, ReadonlySet<string>>,
): string | null {
  switch (name) {
    case "apiKey":
      return apiKey;
    case "workspace":
      // The bill leaves out the name of the default workspace, which answers give.
      return workspace === null || (billed.get(name)?.has(workspace) ?? false) ? workspace : "default";
    case "contextWindow":
      return longPrompt ? "200k-1M" : "0-200k";
    default:
      return normal(name, billedAs[name] ?? "");
  }
}

function normal(name: Dimension, value: string): string {
  if (name === "model") return matchModel(value)?.model ?? value;
  if (name === "inferenceGeo" && value === "not_available") return "global";
  return value === "" ? (USUAL[name] ?? value) : value;
}
