import type { Random } from "./random.ts";

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const PAIRS: readonly string[] = [...DIGITS].flatMap((first) => [...DIGITS].map((second) => first + second));
const HEX: readonly string[] = Array.from({ length: 65_536 }, (_, word) => word.toString(16).padStart(4, "0"));

/** As the API names messages and requests: a prefix and random digits. */
export function apiId(prefix: string, random: Random): string {
  let name = prefix;
  for (let pairs = 0; pairs < 10; pairs += 2) {
    const word = random.word();
    name += (PAIRS[(word >>> 16) % PAIRS.length] ?? "") + (PAIRS[(word & 0xffff) % PAIRS.length] ?? "");
  }
  return name;
}

/** 16 lower-case hexadecimal digits. */
export function hash64(random: Random): string {
  return hex32(random.word()) + hex32(random.word());
}

export function uuid(random: Random): string {
  const digits = hash64(random) + hash64(random);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`;
}

function hex32(word: number): string {
  return (HEX[word >>> 16] ?? "") + (HEX[word & 0xffff] ?? "");
}
