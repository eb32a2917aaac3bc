/** A line of one of several files. */
export interface TablePlace {
  /** The number that whoever fills the table gives the file. */
  readonly file: number;
  /** Offset of its first byte. */
  readonly byte: number;
  /** Bytes without its newline. */
  readonly length: number;
}

const SLOTS_MIN = 1024;
const NONE = 0xffff_ffff;

/** Places of lines by a hash of 53 bits, about 40 bytes each. */
export class LineTable {
  /** Hashes, each at the first free slot from its own on; NaN where free. */
  #hashes = new Float64Array(SLOTS_MIN).fill(NaN);
  /** The newest line of the hash in the same slot. */
  #newest = new Uint32Array(SLOTS_MIN);
  #hashCount = 0;
  #files = new Uint32Array(SLOTS_MIN);
  #bytes = new Float64Array(SLOTS_MIN);
  #lengths = new Uint32Array(SLOTS_MIN);
  /** The line before with the same hash; `NONE` for the first. */
  #before = new Uint32Array(SLOTS_MIN);
  #count = 0;

  get length(): number {
    return this.#count;
  }

  add(hash: number, { file, byte, length }: TablePlace): void {
    if (this.#count === this.#files.length) this.#growLines();
    if (this.#hashCount * 2 >= this.#hashes.length) this.#growSlots();
    const slot = slotOf(this.#hashes, hash);
    const isNew = this.#hashes[slot] !== hash;
    this.#files[this.#count] = file;
    this.#bytes[this.#count] = byte;
    this.#lengths[this.#count] = length;
    this.#before[this.#count] = isNew ? NONE : (this.#newest[slot] ?? NONE);
    this.#hashes[slot] = hash;
    this.#newest[slot] = this.#count;
    this.#count += 1;
    if (isNew) this.#hashCount += 1;
  }

  has(hash: number): boolean {
    return this.#hashes[slotOf(this.#hashes, hash)] === hash;
  }

  /** The lines with a hash, oldest first. */
  find(hash: number): readonly TablePlace[] {
    const slot = slotOf(this.#hashes, hash);
    if (this.#hashes[slot] !== hash) return [];
    const places: TablePlace[] = [];
    for (let line = this.#newest[slot] ?? NONE; line !== NONE; line = this.#before[line] ?? NONE) {
      places.push({ file: this.#files[line] ?? 0, byte: this.#bytes[line] ?? 0, length: this.#lengths[line] ?? 0 });
    }
    return places.reverse();
  }

  #growLines(): void {
    const size = this.#count * 2;
    const [files, bytes, lengths, before] = [this.#files, this.#bytes, this.#lengths, this.#before];
    this.#files = new Uint32Array(size);
    this.#bytes = new Float64Array(size);
    this.#lengths = new Uint32Array(size);
    this.#before = new Uint32Array(size);
    this.#files.set(files);
    this.#bytes.set(bytes);
    this.#lengths.set(lengths);
    this.#before.set(before);
  }

  #growSlots(): void {
    const hashes = new Float64Array(this.#hashes.length * 2).fill(NaN);
    const newest = new Uint32Array(hashes.length);
    for (const [slot, hash] of this.#hashes.entries()) {
      if (Number.isNaN(hash)) continue;
      const to = slotOf(hashes, hash);
      hashes[to] = hash;
      newest[to] = this.#newest[slot] ?? NONE;
    }
    this.#hashes = hashes;
    this.#newest = newest;
  }
}

/** The slot of a hash, or the free one that it would take. */
function slotOf(hashes: Float64Array, hash: number): number {
  const last = hashes.length - 1;
  let slot = hash % hashes.length;
  for (let found = hashes[slot]; found !== hash && found === found; found = hashes[slot]) slot = (slot + 1) & last;
  return slot;
}
