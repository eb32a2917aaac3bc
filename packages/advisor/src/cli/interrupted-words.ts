/** What an interruption left of a command, and what to do, by the command's name. */
const WORDS: Readonly<Record<string, string>> = {
  import: "what was imported is kept; the same command imports the rest",
  trial: "what was sent is billed, and each answer that came is recorded; the same command sends everything again",
  prune: "the ledger holds all of the detail or all of its sums; the same command does the rest",
  verify: "no line was changed or lost; the same command looks again",
};

/** @param argv The arguments after the program's name. */
export function interruptedWords(argv: readonly string[]): string {
  const name = argv.find((word) => !word.startsWith("-")) ?? "";
  const words = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  return `interrupted; ${words ?? "nothing is half written; the same command begins again"}`;
}
