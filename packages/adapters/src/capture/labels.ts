import { AsyncLocalStorage } from "node:async_hooks";

/** The user's own words about a call, by name. */
export type Labels = Readonly<Record<string, string>>;

export const NO_LABELS: Labels = Object.freeze({});

const current = new AsyncLocalStorage<Labels>();

/** Runs `fn` so that every call it makes, however deep and late, carries these labels too. */
export function withLabels<T>(labels: Labels, fn: () => T): T {
  const inner = readLabels(labels);
  return current.run(joinLabels(current.getStore() ?? NO_LABELS, inner), fn);
}

/** The labels of the `withLabels` that the caller runs in. */
export function labelsHere(): Labels {
  return current.getStore() ?? NO_LABELS;
}

/** The labels of both; where they name the same, the second's. */
export function joinLabels(first: Labels, second: Labels): Labels {
  if (second === NO_LABELS) return first;
  return first === NO_LABELS ? second : inOrder(Object.entries({ ...first, ...second }));
}

/** What of a value from outside can be kept: texts, and numbers and truths as texts. */
export function readLabels(value: unknown): Labels {
  if (typeof value !== "object" || value === null) return NO_LABELS;
  const entries = Object.entries(value)
    .filter(([name, text]) => name !== "__proto__" && isPlain(text))
    .map(([name, text]) => [name, String(text)] as const);
  return entries.length === 0 ? NO_LABELS : inOrder(entries);
}

/** In the order of canonical JSON, in which they are written faster. */
function inOrder(entries: readonly (readonly [name: string, text: string])[]): Labels {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
