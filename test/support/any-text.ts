import fc from "fast-check";

/** Code points but the halves of surrogate pairs, which make no text by themselves. */
const CHARACTERS = 0x11_0000 - 0x800;
const FIRST_HALF = 0xd800;

/** Any Unicode character. The same as the unit "binary" of fast-check, which takes seconds to list all of them first. */
const anyCharacter: fc.Arbitrary<string> = fc.integer({ min: 0, max: CHARACTERS - 1 }).map(
  (index) => String.fromCodePoint(index < FIRST_HALF ? index : index + 0x800),
  (character) => {
    const [only, second] = typeof character === "string" ? character : "";
    const point = only?.codePointAt(0);
    if (point === undefined || second !== undefined) throw new Error("not one character");
    return point < FIRST_HALF ? point : point - 0x800;
  },
);

/** Text of any characters. */
export function anyText(constraints: fc.StringSharedConstraints = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: anyCharacter });
}
