import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { LedgerFormatError } from "../../errors.ts";
import { idHash } from "../../events/id-hash.ts";
import type { FileSystem } from "./file-system.ts";
import { withPath } from "./unavailable.ts";

const MAGIC = "farthing-ids-1\n\0";
const HEADER_BYTES = 32;
/** The first bytes of SHA-256 of an id: so many that two ids never share them. */
const HASH_BYTES = 16;
const FILTER_BITS_PER_ID = 10;
const FILTER_PROBES = 7;
/** Hashes that are read at once when one is looked for. */
const WINDOW = 256;

/** Adds up ids to be written. */
export class PrunedIdsBuilder {
  #hashes = new Uint8Array(1024 * HASH_BYTES);
  #filterHashes = new Float64Array(1024);
  count = 0;

  add(id: string): void {
    this.addHashes(idHash(id), prunedIdDigest(id));
  }

  /** Adds an id by its hash and `prunedIdDigest`. */
  addHashes(filterHash: number, digest: Uint8Array): void {
    if (this.count === this.#filterHashes.length) this.#grow();
    this.#hashes.set(digest, this.count * HASH_BYTES);
    this.#filterHashes[this.count] = filterHash;
    this.count += 1;
  }

  /**
   * The bytes of the file: a header of the text `farthing-ids-1`, the count (u64), the filter's length and its CRC-32
   * (u32, little-endian like all numbers), the filter, and the hashes in ascending order.
   */
  bytes(): Uint8Array {
    const filter = new Uint8Array(Math.max(8, Math.ceil((this.count * FILTER_BITS_PER_ID) / 8)));
    for (const filterHash of this.#filterHashes.subarray(0, this.count)) {
      for (const bit of bitsOf(filterHash, filter.length * 8))
        filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
    const header = Buffer.alloc(HEADER_BYTES);
    header.write(MAGIC, "latin1");
    header.writeBigUInt64LE(BigInt(this.count), 16);
    header.writeUInt32LE(filter.length, 24);
    header.writeUInt32LE(crc32(filter), 28);
    return Buffer.concat([header, filter, sorted(this.#hashes.subarray(0, this.count * HASH_BYTES))]);
  }

  #grow(): void {
    const hashes = new Uint8Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const filterHashes = new Float64Array(this.#filterHashes.length * 2);
    filterHashes.set(this.#filterHashes);
    this.#filterHashes = filterHashes;
  }
}

/** Ids that were pruned: a filter of ten bits per id in memory, and their hashes on disk. */
export class PrunedIds {
  readonly #fileSystem: FileSystem;
  readonly #files: readonly IdsFile[];

  private constructor(fileSystem: FileSystem, files: readonly IdsFile[]) {
    this.#fileSystem = fileSystem;
    this.#files = files;
  }

  /**
   * @throws LedgerFormatError for a file that is damaged.
   * @throws LedgerUnavailableError when the operating system refuses.
   */
  static async open(fileSystem: FileSystem, paths: readonly string[]): Promise<PrunedIds> {
    const files: IdsFile[] = [];
    for (const path of paths) files.push(await openFile(fileSystem, path));
    return new PrunedIds(fileSystem, files);
  }

  /** False where the id was not pruned, which it can tell of nearly all. */
  mayHold(id: string): boolean {
    if (this.#files.length === 0) return false;
    const filterHash = idHash(id);
    return this.#files.some(({ filter }) => passes(filter, filterHash));
  }

  /** Whether the id was pruned. */
  async holds(id: string): Promise<boolean> {
    if (this.#files.length === 0) return false;
    const filterHash = idHash(id);
    const wanted = prunedIdDigest(id);
    for (const file of this.#files) {
      if (passes(file.filter, filterHash) && (await this.#find(file, wanted))) return true;
    }
    return false;
  }

  /** Those of some ids that were pruned. */
  async among(ids: Iterable<string>): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const id of ids) if (this.mayHold(id) && (await this.holds(id))) found.add(id);
    return found;
  }

  /** Hashes are evenly spread, so that where one lies can be told within a few reads. */
  async #find({ path, filter, count }: IdsFile, wanted: Buffer): Promise<boolean> {
    return withPath(path, async () => {
      const file = await this.#fileSystem.open(path, "read");
      try {
        const window = Buffer.alloc(WINDOW * HASH_BYTES);
        const key = wanted.readUIntBE(0, 6);
        let [low, high, lowKey, highKey] = [0, count, 0, 2 ** 48];
        while (low < high) {
          const guess = low + Math.floor(((key - lowKey) / Math.max(1, highKey - lowKey)) * (high - low));
          const start = Math.min(Math.max(low, guess - WINDOW / 2), Math.max(low, high - WINDOW));
          const length = Math.min(WINDOW, high - start);
          await file.read(window, length * HASH_BYTES, HEADER_BYTES + filter.length + start * HASH_BYTES);
          const hashes = Array.from({ length }, (_, index) => hashAt(window, index));
          const [first = wanted] = hashes;
          const last = hashes.at(-1) ?? wanted;
          if (wanted.compare(first) < 0) [high, highKey] = [start, first.readUIntBE(0, 6)];
          else if (wanted.compare(last) > 0) [low, lowKey] = [start + length, last.readUIntBE(0, 6)];
          else return hashes.some((each) => each.equals(wanted));
        }
        return false;
      } finally {
        await file.close();
      }
    });
  }
}

interface IdsFile {
  readonly path: string;
  readonly filter: Uint8Array;
  readonly count: number;
}

async function openFile(fileSystem: FileSystem, path: string): Promise<IdsFile> {
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      await file.read(header, HEADER_BYTES, 0);
      const count = Number(header.readBigUInt64LE(16));
      const filter = Buffer.alloc(header.readUInt32LE(24));
      await file.read(filter, filter.length, HEADER_BYTES);
      const isWhole =
        header.toString("latin1", 0, MAGIC.length) === MAGIC &&
        crc32(filter) === header.readUInt32LE(28) &&
        (await file.size()) === HEADER_BYTES + filter.length + count * HASH_BYTES;
      if (isWhole) return { path, filter, count };
    } finally {
      await file.close();
    }
    throw new LedgerFormatError(path, "is damaged; restore it from a copy: it says which requests were pruned");
  });
}

/** In ascending order; first by two bytes, so that only short runs have to be compared. */
function sorted(hashes: Uint8Array): Uint8Array {
  const source = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length);
  const count = hashes.length / HASH_BYTES;
  const ends = new Float64Array(65_537);
  for (let index = 0; index < count; index += 1) {
    const bucket = source.readUInt16BE(index * HASH_BYTES) + 1;
    ends[bucket] = (ends[bucket] ?? 0) + 1;
  }
  for (let bucket = 1; bucket < ends.length; bucket += 1) ends[bucket] = (ends[bucket] ?? 0) + (ends[bucket - 1] ?? 0);
  const result = Buffer.alloc(hashes.length);
  const next = ends.slice();
  for (let index = 0; index < count; index += 1) {
    const bucket = source.readUInt16BE(index * HASH_BYTES);
    const place = next[bucket] ?? 0;
    next[bucket] = place + 1;
    hashAt(source, index).copy(result, place * HASH_BYTES);
  }
  for (let bucket = 0; bucket < 65_536; bucket += 1) {
    const start = ends[bucket] ?? 0;
    const run = Array.from({ length: (ends[bucket + 1] ?? 0) - start }, (_, index) =>
      Buffer.from(hashAt(result, start + index)),
    );
    if (run.length < 2) continue;
    run.sort((a, b) => a.compare(b));
    for (const [index, each] of run.entries()) each.copy(result, (start + index) * HASH_BYTES);
  }
  return result;
}

function hashAt(hashes: Buffer, index: number): Buffer {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** What a pruned id is known by, and no other id is. */
export function prunedIdDigest(id: string): Buffer {
  return hash("sha256", id, "buffer").subarray(0, HASH_BYTES);
}

function passes(filter: Uint8Array, filterHash: number): boolean {
  for (const bit of bitsOf(filterHash, filter.length * 8)) {
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

function bitsOf(filterHash: number, size: number): number[] {
  const step = 1 + ((Math.floor(filterHash / 2 ** 32) ^ Math.imul(filterHash | 0, 0x9e3779b1)) % size);
  return Array.from(
    { length: FILTER_PROBES },
    (_, probe) => ((((filterHash % size) + probe * step) % size) + size) % size,
  );
}
