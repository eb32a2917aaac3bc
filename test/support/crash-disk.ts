import { systemError } from "./faulty-file-system.ts";

/** Picks one of so many; a crash asks it for each thing it may or may not leave behind. */
export type Choose = (count: number) => number;

/** What lies on a disk: bytes by path, null for a folder. */
export type DiskTree = ReadonlyMap<string, Buffer | null>;

/** A change of a file's bytes. */
interface FileChange {
  readonly at: number;
  /** What is written there; null cuts the file there. */
  readonly bytes: Buffer | null;
  readonly author: DiskUser;
  /** Who was told that syncing it failed: no later sync of theirs, or of who can know it from them, makes it durable. */
  lost: { readonly to: DiskUser; isTold: boolean } | null;
}

/** Who changes what is on a disk. */
interface DiskUser {
  isKilled(): boolean;
}

export interface FileNode {
  readonly kind: "file";
  /** As programs see it. */
  bytes: Buffer;
  /** What a loss of power leaves, before any of the changes. */
  durable: Buffer;
  pending: FileChange[];
}

export interface FolderNode {
  readonly kind: "folder";
  readonly names: Map<string, DiskNode>;
  readonly durable: Map<string, DiskNode>;
  pending: NameChange[];
}

export type DiskNode = FileNode | FolderNode;

const SOMEBODY: DiskUser = { isKilled: () => false };

/** Names given to nodes, or taken away (null), at once: after a crash all are there or none. */
interface NameChange {
  readonly sets: readonly { readonly folder: FolderNode; readonly name: string; readonly node: DiskNode | null }[];
}

const SECTOR_BYTES = 512;

/**
 * A disk as a crash knows it: what programs see, what is durable, and every change between the two.
 *
 * Bytes become durable by syncing their file, names by syncing their folder, and by nothing else. Until then a loss of
 * power keeps or loses each name on its own, and of a file's bytes a part: cut at any byte, or at full length with
 * sectors that hold zeros.
 */
export class CrashDisk {
  readonly #root: FolderNode;
  readonly #lost: FileChange[] = [];

  constructor(root: FolderNode = newFolder()) {
    this.#root = root;
  }

  /** A disk on which a tree is durable. */
  static of(tree: DiskTree): CrashDisk {
    const disk = new CrashDisk();
    for (const [path, bytes] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (bytes === null) disk.#attach(path, newFolder());
      else disk.#attach(path, { kind: "file", bytes, durable: bytes, pending: [] });
    }
    return disk;
  }

  find(path: string): DiskNode | null {
    let node: DiskNode = this.#root;
    for (const name of namesOf(path)) {
      if (node.kind === "file") throw systemError("ENOTDIR");
      const next = node.names.get(name);
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  file(path: string): FileNode {
    const node = this.find(path);
    if (node === null) throw systemError("ENOENT");
    if (node.kind === "folder") throw systemError("EISDIR");
    return node;
  }

  folder(path: string): FolderNode {
    const node = this.find(path);
    if (node === null) throw systemError("ENOENT");
    if (node.kind === "file") throw systemError("ENOTDIR");
    return node;
  }

  create(path: string): FileNode {
    const node: FileNode = { kind: "file", bytes: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
    this.#rename([{ path, node }]);
    return node;
  }

  makeFolder(path: string): void {
    const names = namesOf(path);
    for (let depth = 1; depth <= names.length; depth += 1) {
      const part = `/${names.slice(0, depth).join("/")}`;
      const node = this.find(part);
      if (node === null) this.#rename([{ path: part, node: newFolder() }]);
      else if (node.kind === "file") throw systemError("EEXIST");
    }
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    if (node === null) throw systemError("ENOENT");
    this.#rename([
      { path: from, node: null },
      { path: to, node },
    ]);
  }

  link(from: string, to: string): void {
    const node = this.file(from);
    if (this.find(to) !== null) throw systemError("EEXIST");
    this.#rename([{ path: to, node }]);
  }

  /** Takes a name away, with all that is below it; who has a file open keeps it. */
  remove(path: string): void {
    if (this.find(path) === null) throw systemError("ENOENT");
    this.#rename([{ path, node: null }]);
  }

  write(file: FileNode, bytes: Uint8Array, author: DiskUser = SOMEBODY): void {
    file.pending.push({ at: file.bytes.length, bytes: Buffer.from(bytes), author, lost: null });
    file.bytes = Buffer.concat([file.bytes, bytes]);
  }

  truncate(file: FileNode, length: number, author: DiskUser = SOMEBODY): void {
    file.pending.push({ at: length, bytes: null, author, lost: null });
    file.bytes = Buffer.from(file.bytes.subarray(0, length));
  }

  /** Starts making a file's bytes durable; those written later are not covered. Call what is returned when it is done. */
  startSync(file: FileNode, program: DiskUser): { done(): void; fail(): void } {
    const covered = file.pending.filter(({ lost }) => lost === null || (lost.to !== program && !lost.isTold));
    return {
      done: () => {
        // Others may have lost some meanwhile, and said so.
        const kept = new Set(covered.filter(({ lost }) => lost === null || !lost.isTold));
        for (const change of file.pending) if (kept.has(change)) file.durable = changed(file.durable, change);
        file.pending = file.pending.filter((change) => !kept.has(change));
      },
      // The kernel tells of a failure once and takes the pages for clean from then on.
      fail: () => {
        for (const change of covered) {
          change.lost = { to: program, isTold: false };
          this.#lost.push(change);
        }
      },
    };
  }

  /**
   * A program has left word of what syncing failed for: then nobody makes it durable any more. Before that others cannot
   * know, and a disk that is kind to them keeps what they sync; as it does for who wrote it, and was not told.
   */
  tellLosses(program: DiskUser): void {
    for (const { lost, author } of this.#lost) {
      if (lost?.to === program && (author === program || author.isKilled())) lost.isTold = true;
    }
  }

  /** Whether a file has a name left. */
  isNamed(file: FileNode, folder: FolderNode = this.#root): boolean {
    return [...folder.names.values()].some((node) => (node.kind === "file" ? node === file : this.isNamed(file, node)));
  }

  syncFolder(folder: FolderNode): void {
    for (const change of folder.pending) {
      for (const set of change.sets) setName(set.folder.durable, set);
      for (const other of foldersOf(change)) other.pending = other.pending.filter((pending) => pending !== change);
    }
  }

  /** The same disk, on which other things can happen. */
  clone(): CrashDisk {
    const copies = new Map<DiskNode, DiskNode>();
    const copy = (node: DiskNode): DiskNode => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      if (node.kind === "file") {
        const file: FileNode = { ...node, pending: node.pending.map((change) => ({ ...change })) };
        copies.set(node, file);
        return file;
      }
      const folder = newFolder();
      copies.set(node, folder);
      for (const [name, child] of node.names) folder.names.set(name, copy(child));
      for (const [name, child] of node.durable) folder.durable.set(name, copy(child));
      return folder;
    };
    const clone = new CrashDisk(copy(this.#root) as FolderNode);
    const changes = new Map<NameChange, NameChange>();
    for (const node of copies.keys()) {
      if (node.kind === "file") continue;
      for (const change of node.pending) {
        const copied = changes.get(change) ?? {
          sets: change.sets.map((set) => ({
            ...set,
            folder: copy(set.folder) as FolderNode,
            node: set.node === null ? null : copy(set.node),
          })),
        };
        changes.set(change, copied);
        (copy(node) as FolderNode).pending.push(copied);
      }
    }
    return clone;
  }

  /** What killing the processes can leave: all that was done, the newest write in part. */
  interrupted(): CrashDisk[] {
    const tree = new Map<string, Buffer | null>();
    walk(
      this.#root,
      "",
      (folder) => folder.names,
      (file) => file.bytes,
      tree,
    );
    const cut = [...tree.keys()].flatMap((path) => {
      const file = this.find(path);
      const last = file?.kind === "file" ? file.pending.at(-1) : undefined;
      if (last === undefined || last.bytes === null) return [];
      return someTears({ at: last.at, length: last.bytes.length }).map((length) => {
        const disk = this.clone();
        disk.#shorten(disk.file(path), last.at + length);
        return disk;
      });
    });
    return [this.clone(), ...cut];
  }

  #shorten(file: FileNode, length: number): void {
    const last = file.pending.pop();
    if (last?.bytes === undefined || last.bytes === null) return;
    file.bytes = Buffer.from(file.bytes.subarray(0, length));
    file.pending.push({ ...last, bytes: last.bytes.subarray(0, length - last.at) });
  }

  /** The least that a loss of power leaves. */
  durable(): DiskTree {
    const tree = new Map<string, Buffer | null>();
    walk(
      this.#root,
      "",
      (folder) => folder.durable,
      (file) => file.durable,
      tree,
    );
    return tree;
  }

  /** What is on the disk after a loss of power now; `tears` are the bytes after which a write may break off. */
  afterPowerLoss(choose: Choose, tears: (change: { at: number; length: number }) => number[] = someTears): DiskTree {
    const folders = new Map<FolderNode, Map<string, DiskNode>>();
    const decided = new Map<NameChange, boolean>();
    const namesIn = (folder: FolderNode): Map<string, DiskNode> => {
      const known = folders.get(folder);
      if (known !== undefined) return known;
      const names = new Map(folder.durable);
      for (const change of folder.pending) {
        const kept = decided.get(change) ?? choose(2) === 1;
        decided.set(change, kept);
        if (kept) for (const set of change.sets) if (set.folder === folder) setName(names, set);
      }
      folders.set(folder, names);
      return names;
    };
    const files = new Map<FileNode, Buffer>();
    const bytesOf = (file: FileNode): Buffer => {
      const bytes = files.get(file) ?? bytesAfterPowerLoss(file, choose, tears);
      files.set(file, bytes);
      return bytes;
    };
    const tree = new Map<string, Buffer | null>();
    walk(this.#root, "", namesIn, bytesOf, tree);
    return tree;
  }

  #rename(changes: readonly { readonly path: string; readonly node: DiskNode | null }[]): void {
    const sets = changes.map(({ path, node }) => {
      const names = namesOf(path);
      return { folder: this.folder(`/${names.slice(0, -1).join("/")}`), name: names.at(-1) ?? "", node };
    });
    for (const set of sets) setName(set.folder.names, set);
    const change: NameChange = { sets };
    for (const folder of foldersOf(change)) folder.pending.push(change);
  }

  #attach(path: string, node: DiskNode): void {
    const names = namesOf(path);
    const name = names.pop() ?? "";
    const folder = this.folder(`/${names.join("/")}`);
    folder.names.set(name, node);
    folder.durable.set(name, node);
  }
}

/** Cuts at both ends, in the middle and where sectors meet. */
function someTears({ at, length }: { at: number; length: number }): number[] {
  const cuts = new Set([1, Math.floor(length / 2), length - 1]);
  for (let edge = SECTOR_BYTES - (at % SECTOR_BYTES); edge < length; edge += SECTOR_BYTES) cuts.add(edge);
  return [...cuts].filter((cut) => cut > 0 && cut < length).sort((a, b) => a - b);
}

function bytesAfterPowerLoss(
  { durable, pending }: FileNode,
  choose: Choose,
  tears: (change: { at: number; length: number }) => number[],
): Buffer {
  if (pending.length === 0) return durable;
  if (pending.some(({ lost }) => lost !== null)) {
    return pending.filter(() => choose(2) === 1).reduce(changed, durable);
  }
  // Either the first so many changes, the next of them in part; or all of them with a sector that was not written.
  const torn = pending.flatMap((change, index) =>
    [0, ...(change.bytes === null ? [] : tears({ at: change.at, length: change.bytes.length }))].map((cut) => ({
      index,
      cut,
    })),
  );
  const all = pending.reduce(changed, durable);
  const from = Math.min(durable.length, all.length);
  const sectors = Math.ceil(all.length / SECTOR_BYTES) - Math.floor(from / SECTOR_BYTES);
  const holes = all.length > from ? [...new Set([0, Math.floor(sectors / 2), sectors - 1, -1])] : [];
  const pick = choose(1 + torn.length + holes.length);
  if (pick === 0) return all;
  const tear = torn[pick - 1];
  if (tear !== undefined) {
    const whole = pending.slice(0, tear.index).reduce(changed, durable);
    const part = pending[tear.index];
    if (part === undefined || part.bytes === null || tear.cut === 0) return whole;
    return changed(whole, { ...part, bytes: part.bytes.subarray(0, tear.cut) });
  }
  const hole = holes[pick - 1 - torn.length] ?? -1;
  const start = (Math.floor(from / SECTOR_BYTES) + hole) * SECTOR_BYTES;
  const end = hole === -1 ? all.length : start + SECTOR_BYTES;
  const holed = Buffer.from(all);
  holed.fill(0, Math.max(from, hole === -1 ? from : start), Math.min(end, all.length));
  return holed;
}

function changed(bytes: Buffer, { at, bytes: written }: FileChange): Buffer {
  if (written === null) return bytes.subarray(0, at);
  const result = Buffer.alloc(Math.max(bytes.length, at + written.length));
  bytes.copy(result);
  written.copy(result, at);
  return result;
}

function walk(
  folder: FolderNode,
  path: string,
  namesIn: (folder: FolderNode) => ReadonlyMap<string, DiskNode>,
  bytesOf: (file: FileNode) => Buffer,
  tree: Map<string, Buffer | null>,
): void {
  for (const [name, node] of [...namesIn(folder)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const child = `${path}/${name}`;
    tree.set(child, node.kind === "file" ? bytesOf(node) : null);
    if (node.kind === "folder") walk(node, child, namesIn, bytesOf, tree);
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function newFolder(): FolderNode {
  return { kind: "folder", names: new Map(), durable: new Map(), pending: [] };
}

function setName(names: Map<string, DiskNode>, { name, node }: { name: string; node: DiskNode | null }): void {
  if (node === null) names.delete(name);
  else names.set(name, node);
}

function foldersOf(change: NameChange): Set<FolderNode> {
  return new Set(change.sets.map(({ folder }) => folder));
}
