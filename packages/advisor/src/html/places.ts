const DECIMALS = 2;

/** A coordinate as short as it can be at a hundredth; percentages and pixels alike. */
export function place(value: number): string {
  return String(Number(value.toFixed(DECIMALS)));
}

/** A length or position along the width of a drawing. */
export function percentage(value: number): string {
  return `${place(value)}%`;
}
