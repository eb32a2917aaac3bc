import { LedgerChangedError } from "../errors.ts";
import type { LinePlace } from "../store/columns/line-places.ts";
import type { SharedRange } from "./shared-ids.ts";

/** Where the lines lie that several of are about one id. Takes 16 bytes a line and twelve an id. */
export class HeldLines {
  readonly #range: SharedRange;
  /** By id, where its lines begin among all, and where the next one goes. */
  readonly #starts: Uint32Array;
  readonly #next: Uint32Array;
  /** Ids in the order in which they were first seen, in which lines are near each other. */
  readonly #seen: Uint32Array;
  #seenCount = 0;
  readonly #segments: Pick<LinePlace, "writer" | "segment">[] = [];
  readonly #segmentOf: Uint32Array;
  readonly #bytes: Float64Array;
  readonly #lengths: Uint32Array;

  constructor(range: SharedRange) {
    const { counts } = range;
    this.#range = range;
    this.#starts = new Uint32Array(counts.length + 1);
    for (const [index, count] of counts.entries()) this.#starts[index + 1] = (this.#starts[index] ?? 0) + count;
    this.#next = this.#starts.slice(0, -1);
    this.#seen = new Uint32Array(counts.length);
    const lines = this.#starts.at(-1) ?? 0;
    this.#segmentOf = new Uint32Array(lines);
    this.#bytes = new Float64Array(lines);
    this.#lengths = new Uint32Array(lines);
  }

  /** Whether an id is one of those that it holds lines of. */
  isOf(number: number): boolean {
    return number >= this.#range.first && number < this.#range.end;
  }

  /**
   * Holds a line of one of these ids.
   *
   * @throws LedgerChangedError where there are more lines than there were.
   */
  add(number: number, { writer, segment, byte, length }: LinePlace): void {
    const id = number - this.#range.first;
    const at = this.#next[id] ?? 0;
    if (at >= (this.#starts[id + 1] ?? 0)) throw new LedgerChangedError("segments grew that nobody appends to");
    if (at === this.#starts[id]) {
      this.#seen[this.#seenCount] = id;
      this.#seenCount += 1;
    }
    const last = this.#segments.at(-1);
    if (last?.writer !== writer || last.segment !== segment) this.#segments.push({ writer, segment });
    this.#segmentOf[at] = this.#segments.length - 1;
    this.#bytes[at] = byte;
    this.#lengths[at] = length;
    this.#next[id] = at + 1;
  }

  /** The places of each id's lines, of two ids together where these share a hash. */
  *byId(): Generator<readonly LinePlace[], void> {
    for (const id of this.#seen.subarray(0, this.#seenCount)) {
      const places: LinePlace[] = [];
      for (let at = this.#starts[id] ?? 0; at < (this.#next[id] ?? 0); at += 1) {
        const segment = this.#segments[this.#segmentOf[at] ?? 0];
        if (segment !== undefined)
          places.push({ ...segment, byte: this.#bytes[at] ?? 0, length: this.#lengths[at] ?? 0 });
      }
      yield places;
    }
  }
}
