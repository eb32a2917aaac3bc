import { basename } from "node:path";
import { nodeFileSystem, type FileSystem } from "@farthing/ledger";

/** The real files, as if the catalogue had been written years after the others; tells of which the head is read. */
export function yearsLater(onRead: (name: string) => void = () => undefined): FileSystem {
  return {
    ...nodeFileSystem,
    readNow(path, buffer, at) {
      if (path.endsWith(".col") && at === 0) onRead(basename(path));
      return nodeFileSystem.readNow(path, buffer, at);
    },
    stateNow(path) {
      const state = nodeFileSystem.stateNow(path);
      return state === null || basename(path) !== "catalogue"
        ? state
        : { ...state, modifiedAt: state.modifiedAt + 1e11 };
    },
  };
}
