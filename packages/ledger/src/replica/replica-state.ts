import { join } from "node:path";
import { openDocument, type Document } from "../store/file/document.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { HALF_MADE } from "../store/file/half-made.ts";
import { REPLICA_STATE } from "../store/file/manifest.ts";
import { NO_LINES } from "../store/file/frame.ts";
import { FIRST_PLACE, type RowPlace } from "../store/postgres/row-place.ts";
import type { ReplicaEnd } from "./replica-writer.ts";

/** How far a replica had got when its lines were last made durable. */
export interface ReplicaState {
  /** Era of the database when the replica was last brought up to date; 0 before. */
  readonly era: number;
  /** The newest row that is in it. */
  readonly place: RowPlace;
  /** First half of the SHA-256 of that row's line; empty before the first row. */
  readonly digest: string;
  /** Where its log ended with that row. */
  readonly end: ReplicaEnd;
  /** Name of the newest prune that it knows of; empty, or absent in those of early releases, before the first. */
  readonly prune?: string;
  /** Whether it is being made anew after a prune, and nothing can be asked of it. */
  readonly [HALF_MADE]?: boolean;
}

export const NO_ROWS: ReplicaState = {
  era: 0,
  place: FIRST_PLACE,
  digest: "",
  end: { segment: 0, bytes: 0, head: NO_LINES },
};

export function openReplicaState(root: string, fileSystem: FileSystem): Promise<Document<ReplicaState>> {
  const remedy = "delete the folder: it is made again from the database";
  return openDocument<ReplicaState>(join(root, REPLICA_STATE), NO_ROWS, { fileSystem, remedy });
}
