import type { LineItemName } from "@farthing/ledger";

/** A kind of token where people see it: how it is called, and the class of its colour. */
interface ItemLook {
  readonly item: LineItemName;
  readonly color: string;
}

/**
 * Kinds of token from the bottom of a stack upwards. Writes of both lifetimes are shades of one colour; neighbours
 * differ in lightness, so that they can be told apart without seeing colour.
 */
export const ITEM_LOOKS: readonly ItemLook[] = [
  { item: "cacheWrite1h", color: "k-write1h" },
  { item: "cacheWrite5m", color: "k-write5m" },
  { item: "cacheRead", color: "k-read" },
  { item: "uncachedInput", color: "k-input" },
  { item: "output", color: "k-output" },
  { item: "webSearch", color: "k-search" },
];

const WORKLOAD_COLORS = ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"] as const;

/** The colour of the dearest workloads, by their place; of all others, grey. */
export function workloadColor(index: number): string {
  return WORKLOAD_COLORS[index] ?? "s-other";
}

export function itemColor(item: LineItemName): string {
  return ITEM_LOOKS.find((look) => look.item === item)?.color ?? "s-other";
}

/** Every colour in its two shades: at least 3 to 1 against the page for areas, 4.5 to 1 for text. */
export const PALETTE: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  page: ["#ffffff", "#15181b"],
  panel: ["#f5f6f4", "#1e2226"],
  line: ["#d9dcd6", "#353b41"],
  ink: ["#1b1f23", "#e7eaec"],
  quiet: ["#55606a", "#a3adb6"],
  link: ["#0b5c8a", "#7fc1ec"],
  "k-write1h": ["#1d4e89", "#4f86d9"],
  "k-write5m": ["#5a8fd0", "#a9c8f5"],
  "k-read": ["#12806f", "#3db5a1"],
  "k-input": ["#b86b00", "#e6a23c"],
  "k-output": ["#8a3a6b", "#d27fb2"],
  "k-search": ["#6b7280", "#9aa3ad"],
  "k-again": ["#b3402a", "#ef8a70"],
  "s-1": ["#1d4e89", "#4f86d9"],
  "s-2": ["#b86b00", "#e6a23c"],
  "s-3": ["#12806f", "#3db5a1"],
  "s-4": ["#8a3a6b", "#d27fb2"],
  "s-5": ["#5a8fd0", "#a9c8f5"],
  "s-6": ["#77701a", "#cfc35c"],
  "s-other": ["#7d858d", "#7f8890"],
  "w-total": ["#4a545d", "#a3adb6"],
  "w-unchanged": ["#12806f", "#3db5a1"],
  "w-tested": ["#7456b8", "#b09be8"],
  warn: ["#8a4b00", "#f0b866"],
};
