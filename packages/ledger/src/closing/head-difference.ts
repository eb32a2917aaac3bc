/** Something that is not what it was. */
export interface HeadDifference {
  /** Null where no file can be named. */
  readonly file: string | null;
  /** From 1; null where the file as a whole is meant, or where in it cannot be told. */
  readonly line: number | null;
  /** Offset of the line's first byte; null as `line`. */
  readonly byte: number | null;
  /** For people. */
  readonly what: string;
}
