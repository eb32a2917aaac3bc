const OBJECT: unique symbol = Symbol("object");
const LIST: unique symbol = Symbol("list");
const END: unique symbol = Symbol("end");

/** More than this is not remembered. */
const LEAVES_MAX = 20_000;
const DEPTH_MAX = 64;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Every name and plain value in an object, in order: equal ones, equal JSON. Null where there are too many, or where its
 * JSON is not decided by them.
 */
export function leavesOf(value: object): readonly unknown[] | null {
  const leaves: unknown[] = [];
  return gather(value, leaves, 0) ? leaves : null;
}

/** Whether an object still has these leaves. */
export function hasLeaves(value: object, leaves: readonly unknown[]): boolean {
  return endOfSame(value, leaves, 0) === leaves.length;
}

function gather(value: unknown, leaves: unknown[], depth: number): boolean {
  if (typeof value !== "object" || value === null) {
    leaves.push(value);
    return leaves.length < LEAVES_MAX;
  }
  if (depth > DEPTH_MAX || ArrayBuffer.isView(value)) return false;
  if (Array.isArray(value)) {
    leaves.push(LIST);
    for (let index = 0; index < value.length; index += 1) if (!gather(value[index], leaves, depth + 1)) return false;
  } else {
    if ("toJSON" in value) return false;
    leaves.push(OBJECT);
    for (const name of Object.keys(value)) {
      leaves.push(name);
      if (!gather((value as Fields)[name], leaves, depth + 1)) return false;
    }
  }
  leaves.push(END);
  return true;
}

/** Where the leaves of a value end that begin at an index; -1 where they are others. */
function endOfSame(value: unknown, leaves: readonly unknown[], start: number): number {
  if (typeof value !== "object" || value === null) return leaves[start] === value ? start + 1 : -1;
  let at = start + 1;
  if (Array.isArray(value)) {
    if (leaves[start] !== LIST) return -1;
    for (let index = 0; index < value.length && at >= 0; index += 1) at = endOfSame(value[index], leaves, at);
  } else {
    if (leaves[start] !== OBJECT) return -1;
    for (const name of Object.keys(value)) {
      if (leaves[at] !== name) return -1;
      at = endOfSame((value as Fields)[name], leaves, at + 1);
      if (at < 0) return -1;
    }
  }
  return at >= 0 && leaves[at] === END ? at + 1 : -1;
}
