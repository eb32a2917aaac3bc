/** Segments of several logs. There are thousands, so none is known by a name that has to be made first. */
export class SegmentSet {
  readonly #byWriter = new Map<string, Set<number>>();

  add(writer: string, segment: number): void {
    const segments = this.#byWriter.get(writer);
    if (segments === undefined) this.#byWriter.set(writer, new Set([segment]));
    else segments.add(segment);
  }

  has(writer: string, segment: number): boolean {
    return this.#byWriter.get(writer)?.has(segment) === true;
  }
}
