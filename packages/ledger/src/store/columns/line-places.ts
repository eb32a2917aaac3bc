import { ColumnReader, ColumnWriter } from "./number-codec.ts";
import { startsOf } from "./runs.ts";
import { NumberedTexts, TextNumbers } from "./text-list.ts";

/** Where a line of the log lies. */
export interface LinePlace {
  readonly writer: string;
  readonly segment: number;
  /** Offset of its first byte. */
  readonly byte: number;
  /** Without its newline. */
  readonly length: number;
}

/** @param slots The lines that each slot was merged from. */
export function encodePlaces(slots: readonly (readonly LinePlace[])[]): Uint8Array {
  const writers = new TextNumbers();
  const places = slots.flat();
  const numbers = places.map(({ writer }) => writers.of(writer));
  const out = new ColumnWriter();
  writers.write(out);
  out.numbers(slots.map((each) => each.length));
  out.numbers(numbers);
  out.numbers(places.map(({ segment }) => segment));
  out.numbers(places.map(({ byte }) => byte));
  out.numbers(places.map(({ length }) => length));
  return out.bytes();
}

/** Reads what `encodePlaces` wrote: the lines of a slot. */
export function decodePlaces(bytes: Uint8Array): (slot: number) => readonly LinePlace[] {
  const from = new ColumnReader(bytes);
  const texts = new NumberedTexts(from);
  const starts = startsOf(from.uint32());
  const [writers, segments, offsets, lengths] = [from.numbers(), from.numbers(), from.numbers(), from.numbers()];
  return (slot) => {
    const places: LinePlace[] = [];
    for (let place = starts[slot] ?? 0; place < (starts[slot + 1] ?? 0); place += 1) {
      places.push({
        writer: texts.of(writers.at(place)) ?? "",
        segment: segments.at(place),
        byte: offsets.at(place),
        length: lengths.at(place),
      });
    }
    return places;
  };
}
