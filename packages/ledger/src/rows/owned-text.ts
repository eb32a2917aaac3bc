/** A copy: a part of a long text keeps the whole of it in memory. */
export function owned(text: string): string {
  return ` ${text}`.slice(1);
}
