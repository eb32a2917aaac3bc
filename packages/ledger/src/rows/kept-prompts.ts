import type { PromptFingerprint } from "../events/prompt-fingerprint.ts";

const ROOM_BYTES = 1_048_576;

/**
 * Prompts as the bytes of their JSON, each read when it is asked for.
 *
 * So they lie outside the memory that is searched for garbage, and where nobody asks for them they cost a copy.
 */
export class KeptPrompts {
  readonly #rooms: Buffer[] = [];
  /** By prompt: the number of its room, and where it begins and ends there. */
  readonly #roomOf: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** How much of the last room is taken. */
  #taken = 0;

  /** Keeps a copy of the JSON of a prompt, which lies in a line; returns its number. */
  keep(line: Buffer, start: number, end: number): number {
    const length = end - start;
    let room = this.#rooms.at(-1);
    if (room === undefined || room.length - this.#taken < length) {
      room = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, length));
      this.#rooms.push(room);
      this.#taken = 0;
    }
    line.copy(room, this.#taken, start, end);
    this.#roomOf.push(this.#rooms.length - 1);
    this.#starts.push(this.#taken);
    this.#taken += length;
    return this.#ends.push(this.#taken) - 1;
  }

  /** The bytes of a prompt: where they lie. */
  placeOf(prompt: number): { readonly bytes: Buffer; readonly start: number; readonly end: number } {
    const bytes = this.#rooms[this.#roomOf[prompt] ?? -1];
    if (bytes === undefined) throw new RangeError(`there is no prompt ${String(prompt)}`);
    return { bytes, start: this.#starts[prompt] ?? 0, end: this.#ends[prompt] ?? 0 };
  }

  /** A prompt as its event has it. */
  at(prompt: number): PromptFingerprint {
    const { bytes, start, end } = this.placeOf(prompt);
    return JSON.parse(bytes.toString("utf8", start, end)) as PromptFingerprint;
  }
}
