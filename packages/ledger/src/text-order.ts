/** Orders texts for `sort`, by code unit: the same in every locale. */
export function compareTexts(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}
