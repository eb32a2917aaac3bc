/** Hears what passes through a body, and how it ends; the first end counts. */
export interface BodyListener {
  /** Whether it wants to hear nothing more of what passes through. */
  readonly isDeaf?: boolean;
  /** Bytes that the client has just been given. They are only lent. */
  chunk(bytes: Uint8Array): void;
  /** All of it was read. */
  end(): void;
  /** The client wants no more. */
  cancel(): void;
  /** The connection was lost, or the client aborted the call. */
  fail(error: unknown): void;
  /** Only who has this can read on; null where the platform reads, and says how that ends. */
  readThrough(target: object | null): void;
}

/** All who listen to one stream: several, where one response is made of the body of another. */
export class Listeners implements BodyListener {
  readonly all: BodyListener[];

  constructor(first: BodyListener) {
    this.all = [first];
  }

  get isDeaf(): boolean {
    return this.all.every(({ isDeaf }) => isDeaf === true);
  }

  chunk(bytes: Uint8Array): void {
    // One chunk after the other: an iterator would take longer than a listener.
    for (let index = 0; index < this.all.length; index += 1) this.all[index]?.chunk(bytes);
  }

  end(): void {
    for (const each of this.all) each.end();
  }

  cancel(): void {
    for (const each of this.all) each.cancel();
  }

  fail(error: unknown): void {
    for (const each of this.all) each.fail(error);
  }

  readThrough(target: object | null): void {
    for (const each of this.all) each.readThrough(target);
  }
}
