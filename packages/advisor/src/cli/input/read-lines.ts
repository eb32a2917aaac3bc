/** A line of text, without what ends it. */
export interface TextLine {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** The lines of a stream of text, with their numbers from 1. A last line without a line end counts. */
export async function* readLines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<TextLine> {
  for await (const lines of readLineBatches(stream)) yield* lines;
}

/** The same as they come, many at a time: waiting for each line takes longer than reading it. */
export async function* readLineBatches(
  stream: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<readonly TextLine[]> {
  const decoder = new TextDecoder();
  let line = 0;
  let pending = "";
  for await (const chunk of stream) {
    pending += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const complete = pending.split("\n");
    pending = complete.pop() ?? "";
    yield complete.map((text) => ({ line: ++line, text: withoutReturn(text) }));
  }
  pending += decoder.decode();
  if (pending !== "") yield [{ line: ++line, text: withoutReturn(pending) }];
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
