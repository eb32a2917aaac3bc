/** One byte for each of so many rows, 1 for those that are listed; null where none is. */
export function marksOf(listed: Uint32Array, rows: number): Uint8Array | null {
  if (listed.length === 0) return null;
  const marks = new Uint8Array(rows);
  for (let index = 0; index < listed.length; index += 1) marks[listed[index] ?? 0] = 1;
  return marks;
}
