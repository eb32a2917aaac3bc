import type { Replayable } from "../replay/replay.ts";

/** Workloads that share prefixes, by how they are replayed. */
export interface ReplayGroups<T> {
  /** Known block by block. */
  readonly byBlocks: readonly T[];
  /** Known from the bill alone. */
  readonly recorded: readonly T[];
  /** The former together, and each of the latter by itself. */
  readonly groups: readonly (readonly T[])[];
}

/** What is known block by block is replayed together, what is known from the bill alone each by itself. */
export function replayGroups<T extends { readonly subject: Pick<Replayable, "knowledge"> }>(
  all: readonly T[],
): ReplayGroups<T> {
  const isByBlocks = ({ subject }: T): boolean => subject.knowledge === "blocks";
  const byBlocks = all.filter(isByBlocks);
  const recorded = all.filter((each) => !isByBlocks(each));
  return {
    byBlocks,
    recorded,
    groups: [...(byBlocks.length === 0 ? [] : [byBlocks]), ...recorded.map((each) => [each])],
  };
}
