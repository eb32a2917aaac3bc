import { CHARACTERS_MAX, plainWord } from "./plain-word.ts";

/** Room for a comma and how many are left out. */
const COUNT_CHARACTERS = 12;

/**
 * Tags as one label, in the order of their names. Where they are longer than a label may be, it ends between two of them,
 * and in how many are left out: `a,b,+3`.
 */
export function tagsLabel(tags: readonly string[]): string {
  const kept = [...new Set(tags.map(plainWord).filter((tag) => tag !== null))].sort();
  const whole = kept.join(",");
  if (whole.length <= CHARACTERS_MAX) return whole;
  let label = "";
  for (const [index, tag] of kept.entries()) {
    const longer = index === 0 ? tag : `${label},${tag}`;
    if (longer.length > CHARACTERS_MAX - COUNT_CHARACTERS) return beside(label, kept.length - index);
    label = longer;
  }
  return label;
}

function beside(label: string, leftOut: number): string {
  return label === "" ? `+${String(leftOut)}` : `${label},+${String(leftOut)}`;
}
