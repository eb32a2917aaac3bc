import type { Choose, CrashDisk, DiskTree } from "./crash-disk.ts";

/** Every disk that a loss of power can leave. */
function* everyPowerLoss(
  disk: CrashDisk,
  tears?: (change: { at: number; length: number }) => number[],
): Generator<DiskTree> {
  let picks: number[] = [];
  for (;;) {
    const counts: number[] = [];
    const choose: Choose = (count) => {
      const pick = picks[counts.length] ?? 0;
      picks[counts.length] = pick;
      counts.push(count);
      return pick;
    };
    yield disk.afterPowerLoss(choose, tears);
    picks = picks.slice(0, counts.length);
    while (picks.length > 0 && (picks.at(-1) ?? 0) + 1 >= (counts[picks.length - 1] ?? 0)) picks.pop();
    if (picks.length === 0) return;
    picks.push((picks.pop() ?? 0) + 1);
  }
}

/** So many of the disks that a loss of power can leave, or all of them where there are no more; always the same ones. */
export function somePowerLosses(disk: CrashDisk, max: number): readonly DiskTree[] {
  const trees: DiskTree[] = [];
  for (const tree of everyPowerLoss(disk)) {
    trees.push(tree);
    if (trees.length > max) break;
  }
  if (trees.length <= max) return trees;
  let state = 1;
  const choose: Choose = (count) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  return [disk.durable(), ...Array.from({ length: max - 1 }, () => disk.afterPowerLoss(choose))];
}

/** Equal for disks that hold the same. */
export function treeKey(tree: DiskTree): string {
  return [...tree].map(([path, bytes]) => `${path}\u0000${bytes?.toString("latin1") ?? "/"}`).join("\u0001");
}
