/** A document as a command printed it. */
export interface PrintedDocument {
  /** Its name in `DOCUMENTS`. */
  readonly name: string;
  readonly command: string;
  readonly json: unknown;
}
