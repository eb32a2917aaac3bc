import { chainAfter, headAfter, NO_LINES, type ChainHead, type FrameHead } from "./frame.ts";

/** How many of the newest lines the first line of a segment is held against. */
const RECENT_LINES = 4096;

/** Holds the undamaged lines of one log against each other, segment after segment. */
export class ChainFollower {
  /** The newest lines, each at its number modulo how many are remembered. */
  readonly #numbers = new Float64Array(RECENT_LINES);
  readonly #chains: string[] = [];
  #head: ChainHead = NO_LINES;
  #follows: boolean;
  #isFirst = true;

  /** `fromStart`: whether the first line to come is the first of the log, and not one from its middle. */
  constructor(fromStart: boolean) {
    this.#follows = fromStart;
  }

  /** Where the log stands after the newest line. */
  get head(): ChainHead {
    return this.#head;
  }

  /** The next line is the first one of a segment. */
  enterSegment(): void {
    this.#isFirst = true;
  }

  /** The next line follows a line that is no longer there. */
  continueFrom(head: ChainHead): void {
    this.#head = head;
    this.#follows = true;
  }

  /** The next line follows a line of its own segment. */
  goOnFrom(head: ChainHead): void {
    this.continueFrom(head);
    this.#isFirst = false;
  }

  /** A line was damaged, or left out: the next one has nothing to follow. */
  skip(): void {
    this.#follows = false;
  }

  /** Takes the next line; returns why it cannot stand where it stands, and null where it can. */
  take(frame: FrameHead): string | null {
    const why = this.#fault(frame);
    if (this.#isFirst && why === null && this.#follows && this.#goesBack(frame))
      this.#head = { ...NO_LINES, at: this.#head.at };
    this.#head = headAfter(this.#head, frame);
    this.#isFirst = false;
    this.#follows = why === null;
    this.#remember(frame);
    return why;
  }

  #fault(frame: FrameHead): string | null {
    const { seq, chain, body } = frame;
    // A line repeated by an interrupted copy adds nothing, and merging its event changes nothing.
    if (!this.#follows || seq <= this.#head.seq) return null;
    if (seq === this.#head.seq + 1 && chain === chainAfter(this.#head.chain, body)) return null;
    return `the line does not follow number ${String(this.#head.seq)}: lines between them were lost or changed`;
  }

  /**
   * Whether a line follows one that others have followed already, as far as can be told. A writer that cannot know
   * whether its newest lines were kept begins a segment after the last one of which it knows.
   */
  #goesBack({ seq, chain, body }: FrameHead): boolean {
    if (seq > this.#head.seq) return false;
    if (seq === 1) return chain === chainAfter(NO_LINES.chain, body);
    const before = (seq - 1) % RECENT_LINES;
    return this.#numbers[before] !== seq - 1 || chain === chainAfter(this.#chains[before] ?? "", body);
  }

  #remember({ seq, chain }: FrameHead): void {
    const place = seq % RECENT_LINES;
    this.#numbers[place] = seq;
    this.#chains[place] = chain;
  }
}
