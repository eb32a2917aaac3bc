const NAME_MAX = 100;

/** A name where many stand below one another; the report's JSON has it in full. */
export function shortName(name: string): string {
  const characters = [...name];
  return characters.length <= NAME_MAX ? name : `${characters.slice(0, NAME_MAX).join("")}…`;
}

/** Words that are also for terminals, with the arrow that these have no sign for. It stays with what it points to. */
export function typeset(text: string): string {
  return text.replaceAll(" -> ", " \u2192\u00a0");
}
