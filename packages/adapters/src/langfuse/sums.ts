import type { NestedGeneration } from "./nested-generations.ts";
import type { Size } from "./usage-of-generation.ts";

/** What a generation with others in it counts, where that is not a call of its own: their sum, or one cannot tell. */
export type CountsOthers = "sum" | "unclear";

interface Node extends NestedGeneration {
  readonly inner: Counted[];
  /** Generations in it that were not looked at yet. */
  waiting: number;
}

/** What a generation and all in it were billed, as far as that is known. */
interface Counted {
  readonly size: Size;
  readonly isWhole: boolean;
  /** Whether a call is among them that is imported. */
  readonly hasCall: boolean;
}

const NOTHING: Size = { prompts: [0, 0], output: 0 };

/**
 * The generations that are no calls of their own: some frameworks write one for a whole run, which counts what the calls
 * in it count. One whose tokens are not those of the generations in it is a call, in which others happened to be made.
 */
export function sumsAmong(generations: ReadonlyMap<string, NestedGeneration>): ReadonlyMap<string, CountsOthers> {
  const nodes = new Map<string, Node>();
  for (const [id, generation] of generations) nodes.set(id, { ...generation, inner: [], waiting: 0 });
  for (const { within } of nodes.values()) {
    const outer = within === null ? undefined : nodes.get(within);
    if (outer !== undefined) outer.waiting += 1;
  }
  const found = new Map<string, CountsOthers>();
  const ready = [...nodes].filter(([, { waiting }]) => waiting === 0);
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    const [id, node] = next;
    const counts = countsOthers(node);
    if (counts !== null) found.set(id, counts);
    const outer = node.within === null ? undefined : nodes.get(node.within);
    if (node.within === null || outer === undefined) continue;
    outer.inner.push(countedBy(node, counts));
    outer.waiting -= 1;
    if (outer.waiting === 0) ready.push([node.within, outer]);
  }
  return found;
}

function countsOthers({ sizes, inner }: Node): CountsOthers | null {
  const all = together(inner);
  // Nothing in it is imported with tokens: nothing would count twice.
  if (!all.hasCall || isNothing(all.size)) return null;
  if (sizes.some((own) => isSame(own, all.size))) return "sum";
  const couldHoldAll = sizes.some(({ output }) => output >= all.size.output);
  if (!all.isWhole && couldHoldAll) return "unclear";
  const isOne = inner.some(({ size }) => !isNothing(size) && sizes.some((own) => isSame(own, size)));
  const sharesOutput = sizes.some(({ output }) => output > 0 && output === all.size.output);
  return isOne || sharesOutput ? "unclear" : null;
}

function countedBy({ sizes, isCall, inner }: Node, counts: CountsOthers | null): Counted {
  const all = together(inner);
  const hasCall = isCall || all.hasCall;
  if (counts === "sum") return { ...all, hasCall };
  const [own] = sizes;
  if (counts === "unclear" || own === undefined) return { ...all, isWhole: false, hasCall };
  return { size: sum(all.size, own), isWhole: all.isWhole, hasCall };
}

function together(inner: readonly Counted[]): Counted {
  return {
    size: inner.reduce((total, { size }) => sum(total, size), NOTHING),
    isWhole: inner.every(({ isWhole }) => isWhole),
    hasCall: inner.some(({ hasCall }) => hasCall),
  };
}

function sum(a: Size, b: Size): Size {
  return { prompts: a.prompts.map((count, way) => count + (b.prompts[way] ?? 0)), output: a.output + b.output };
}

/** Programs differ in whether a prompt's count has cached tokens in it, and one may sum up what another counted. */
function isSame(a: Size, b: Size): boolean {
  return a.output === b.output && a.prompts.some((count) => b.prompts.includes(count));
}

function isNothing({ prompts, output }: Size): boolean {
  return output === 0 && prompts.every((count) => count === 0);
}
