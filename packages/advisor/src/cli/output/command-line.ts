/** Characters that no shell gives a meaning. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Half of a character, which no argument can hold. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a text can be an argument of a program: without a zero byte, and with every character whole. */
export function isArgument(text: string): boolean {
  return !text.includes("\0") && !LONE_SURROGATE.test(text);
}

/** A call of `farthing` as a POSIX shell takes it, whatever the words hold. */
export function commandLine(words: readonly string[]): string {
  return ["farthing", ...words].map(quoted).join(" ");
}

/** Between single quotes nothing but the single quote itself means anything. */
function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
