/** A block is nothing that JSON can say, or more than the API takes. Thrown among the files of this folder alone. */
export class UnreadableBlockError extends Error {
  override readonly name = "UnreadableBlockError";
}
