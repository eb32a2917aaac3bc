/** Is told that nobody can read its answer any more. */
interface Forgotten {
  cancel(): void;
}

/** By a response, or by what its body is read through. */
const forgotten = new FinalizationRegistry<Forgotten>((owner) => {
  owner.cancel();
});

/** More are not held at once, so that none is kept for long where the event loop does not turn. */
const ANSWERED_MAX = 16;
/** Answered in this turn of the event loop. */
let justAnswered: ReadingWatch[] = [];

function startAll(): void {
  const answered = justAnswered;
  justAnswered = [];
  for (const each of answered) each.start();
}

/**
 * Sees to it that a response which nobody reads on is noticed.
 *
 * Most are being read at once before the turn of the event loop is over, and need no watching, which takes longer than all
 * else that is done for them.
 */
export class ReadingWatch {
  readonly #owner: Forgotten;
  /** Only until the watch starts: what is watched must not be kept by who waits for its end. */
  #target: object | null;
  #isToStart = true;
  #isRegistered = false;

  constructor(owner: Forgotten, target: object | null) {
    this.#owner = owner;
    this.#target = target;
    justAnswered.push(this);
    if (justAnswered.length === 1) setImmediate(startAll).unref();
    else if (justAnswered.length === ANSWERED_MAX) startAll();
  }

  /** From now on it is this that has to be there for the answer to be read on; null where nothing is to be watched. */
  readThrough(target: object | null): void {
    if (this.#isToStart) this.#target = target;
    else this.#register(target);
  }

  start(): void {
    if (!this.#isToStart) return;
    const target = this.#target;
    this.#isToStart = false;
    this.#target = null;
    this.#register(target);
  }

  stop(): void {
    this.#isToStart = false;
    this.#target = null;
    this.#register(null);
  }

  #register(target: object | null): void {
    if (this.#isRegistered) forgotten.unregister(this);
    this.#isRegistered = target !== null;
    if (target !== null) forgotten.register(target, this.#owner, this);
  }
}
