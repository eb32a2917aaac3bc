import { chainAfter, decodeFrame, NO_LINES, type ChainHead, type Frame } from "../store/file/frame.ts";
import { beginsWith, chainOf, crcOf, readTail, recordedAt } from "./line-bytes.ts";
import type { ChainLink, LogSummary, UnendedLine } from "./log-summary.ts";
import type { Place, ProblemKind, Problems } from "./problem.ts";
import { salvageLines, type SalvagedLine } from "../store/file/salvage.ts";
import type { LineInBuffer } from "./scan-lines.ts";

/** A line that cannot be read. What it was shows at the next good one. */
interface BadLine {
  readonly place: Place;
  readonly kind: ProblemKind;
  readonly why: string;
}

/** How many of the newest lines are remembered, to hold repeated ones against. */
const RECENT_MAX = 4096;
/** After this many bad lines in a row, the rest of them is counted and not told apart. */
const BAD_MAX = 1000;
/** How many guesses at a chain value are followed up after damaged lines. */
const GUESSES_MAX = 4;

/**
 * Holds every line of one writer's log against its checksum and the line before.
 *
 * A line whose checksum and chain value are right is as it was written, so its event is parsed only when `deep`. A
 * damaged line does not end the chain: what it says of its own chain value, and what its bytes come to, is tried on
 * the next line, so that one changed byte is one problem.
 */
export class LogCheck {
  readonly #writer: string;
  readonly #deep: boolean;
  readonly #problems: Problems;
  #file = "";
  #isLast = false;
  #line = 0;
  /** Number and chain value of the newest good line. */
  #seq = NO_LINES.seq;
  #chain = NO_LINES.chain;
  /** What else the next line may follow: chain values that damaged lines may have had. */
  #guesses: readonly string[] = [];
  /** How the next line begins. */
  #prefix: string;
  #bad: BadLine[] = [];
  #unended: UnendedLine | null = null;
  readonly #recentSeq = new Float64Array(RECENT_MAX);
  readonly #recentChain: string[] = [];
  #segments = 0;
  #bytes = 0;
  #lines = 0;
  /** Numbers that no good line had. */
  #lost = 0;
  /** What binds the lines before the chain was last broken. */
  readonly #links: ChainLink[] = [];
  #isFirstLine = true;
  #firstAt: number | null = null;
  #lastAt: number | null = null;

  constructor(writer: string, deep: boolean, problems: Problems) {
    this.#writer = writer;
    this.#deep = deep;
    this.#problems = problems;
    this.#prefix = prefixOf(writer, NO_LINES.seq + 1);
  }

  /** Goes to the start of the next segment; `after` says where the log stood there if what was before it was dropped. */
  enter(file: string, isLast: boolean, after: ChainHead | null): void {
    this.#file = file;
    this.#isLast = isLast;
    this.#line = 0;
    this.#isFirstLine = true;
    this.#segments += 1;
    if (after === null) return;
    this.#nameBad(false);
    this.#goTo(after.seq, after.chain, []);
    this.#lastAt = after.at;
  }

  readonly visit = (line: LineInBuffer): void => {
    this.#line += 1;
    this.#bytes += line.end - line.start + (line.terminated ? 1 : 0);
    // A writer that could not finish a line starts the next one with a newline.
    if (line.end === line.start) return;
    const tail = readTail(line);
    const isNext = tail !== null && line.terminated && this.#bad.length === 0 && beginsWith(line, this.#prefix);
    if (isNext && crcOf(line) === tail.crc && chainOf(line, this.#chain) === tail.chain) {
      this.#lines += 1;
      this.#advance({ seq: this.#seq + 1, chain: tail.chain, at: recordedAt(line) }, this.#placeOf(line), []);
      if (this.#deep) this.#readEvent(line);
    } else {
      this.#lookCloser(line);
    }
  };

  /** What is known once every line was shown. */
  end(): {
    readonly summary: LogSummary;
    readonly unended: UnendedLine | null;
    /** Together they bind every line that counts; the last one is the newest line's. */
    readonly links: readonly ChainLink[];
  } {
    // Damaged lines with an end like a line's were whole once.
    const lostAtEnd = this.#bad.filter(({ kind }) => kind === "changed-line").length;
    this.#nameBad(false);
    const summary = {
      writer: this.#writer,
      segments: this.#segments,
      bytes: this.#bytes,
      lines: this.#lines,
      lost: this.#lost + lostAtEnd,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      head: { seq: this.#seq, chain: this.#chain },
    };
    const links = this.#seq === NO_LINES.seq ? this.#links : [...this.#links, summary.head];
    return { summary, unended: this.#unended, links };
  }

  #lookCloser(line: LineInBuffer): void {
    const place = this.#placeOf(line);
    const bytes = line.buffer.subarray(line.start, line.end);
    const frame = decodeFrame(bytes);
    const isUnended = !line.terminated && this.#isLast;
    const joined = "why" in frame ? salvageLines(bytes, decodeFrame) : [];
    if (joined.length > 0) {
      this.#placeJoined(line, place, joined);
    } else if (isUnended) {
      this.#unended = { place, whole: !("why" in frame) && this.#wouldFollow(frame) };
    } else if ("why" in frame) {
      this.#keepBad(line, place, frame.why);
    } else {
      this.#lines += 1;
      this.#placeFrame(line, place, frame);
    }
  }

  /** Takes whole lines for what they are that lost the newline between them. */
  #placeJoined(line: LineInBuffer, place: Place, joined: readonly SalvagedLine<Frame>[]): void {
    const whole = joined.length === 1 ? "one whole line" : `${String(joined.length)} whole lines`;
    this.#nameBad(false);
    this.#problems.add("joined-lines", place, `a newline was changed; ${whole} in it can be read, and count`);
    const after = readTail(line);
    for (const { frame } of joined) {
      this.#lines += 1;
      if (!this.#wouldFollow(frame)) this.#bind(frame);
      if (frame.writer !== this.#writer || frame.seq <= this.#seq) continue;
      this.#lost += frame.seq - this.#seq - 1;
      this.#advance(frame, place, after === null ? [] : [after.chain]);
    }
  }

  #wouldFollow({ writer, seq, chain, body }: Frame): boolean {
    return writer === this.#writer && seq === this.#seq + 1 && chainAfter(this.#chain, body) === chain;
  }

  /** Notes what binds the lines up to here, and a line that does not follow them. */
  #bind({ seq, body }: Frame): void {
    if (this.#seq > NO_LINES.seq) this.#links.push({ seq: this.#seq, chain: this.#chain });
    this.#links.push({ seq, chain: chainAfter(NO_LINES.chain, body) });
  }

  /** Finds out how a good line relates to the ones before it. */
  #placeFrame(line: LineInBuffer, place: Place, frame: Frame): void {
    const { writer, seq, chain, at } = frame;
    if (!this.#wouldFollow(frame)) this.#bind(frame);
    if (writer !== this.#writer) {
      this.#problems.add("foreign-line", place, `the line was written to the log of writer "${writer}"`);
      return;
    }
    if (seq <= this.#seq) {
      if (this.#isFirstLine && this.#goesBack(line, seq, chain)) {
        // What was written after the line it follows was not known to be kept, and counts where it can be read.
        this.#nameBad(true);
        this.#advance({ seq, chain, at }, place, []);
      } else this.#nameRepetition(place, seq, chain);
      return;
    }
    const own = chainOf(line, this.#chain);
    const nothingBetween = seq === this.#seq + 1 && own === chain;
    const follows = nothingBetween || this.#guesses.some((guess) => chainOf(line, guess) === chain);
    const missing = seq - this.#seq - 1;
    const bad = this.#bad.length;
    this.#nameBad(nothingBetween);
    this.#lost += missing;
    if (!follows && missing > bad) {
      this.#problems.add(
        "missing-lines",
        place,
        `${numbersOf(this.#seq + 1, seq - 1)} should stand before it${but(bad)}`,
      );
    } else if (!follows && bad === 0) {
      const what = `the line does not follow number ${String(this.#seq)}: its chain value, or a line before it, was changed`;
      this.#problems.add("broken-chain", place, what);
    }
    this.#advance({ seq, chain, at }, place, follows ? [] : [own]);
  }

  /**
   * Whether a line follows one that others have followed already, as far as can be told; see `ChainFollower`: a writer
   * that cannot know whether its newest lines were kept begins a segment after the last one of which it knows.
   */
  #goesBack(line: LineInBuffer, seq: number, chain: string): boolean {
    if (seq === 1) return chainOf(line, NO_LINES.chain) === chain;
    const slot = (seq - 1) % RECENT_MAX;
    return this.#recentSeq[slot] !== seq - 1 || chainOf(line, this.#recentChain[slot] ?? "") === chain;
  }

  #nameRepetition(place: Place, seq: number, chain: string): void {
    const slot = seq % RECENT_MAX;
    const isKnown = this.#recentSeq[slot] === seq;
    if (isKnown && this.#recentChain[slot] !== chain) {
      this.#problems.add("forked-number", place, `number ${String(seq)} is there already, with another content`);
    } else {
      const what = isKnown ? "with the same content" : "too far back to be compared";
      this.#problems.add("repeated-line", place, `number ${String(seq)} is there already, ${what}`);
    }
  }

  #keepBad(line: LineInBuffer, place: Place, why: string): void {
    const tail = readTail(line);
    const before = this.#bad.length === 0 ? [this.#chain] : this.#guesses;
    const computed = before.map((chain) => chainOf(line, chain));
    this.#guesses = [...(tail === null ? [] : [tail.chain]), ...computed].slice(0, GUESSES_MAX);
    const onlyCrc = tail !== null && computed.includes(tail.chain) && beginsWith(line, `{"writer":`);
    const what = onlyCrc ? "the checksum itself was changed; the event is whole, and is not read" : why;
    const kind = line.terminated ? (tail === null ? "no-line" : "changed-line") : "torn-line";
    this.#bad.push({ place, kind, why: what });
    if (this.#bad.length > BAD_MAX) {
      const [first] = this.#bad.splice(0, 1);
      if (first !== undefined) this.#nameOne(first, false);
    }
  }

  /** Names the bad lines before a good one; where nothing is missing between the good ones, they never counted. */
  #nameBad(nothingMissing: boolean): void {
    for (const bad of this.#bad) this.#nameOne(bad, nothingMissing);
    this.#bad = [];
  }

  #nameOne({ place, kind, why }: BadLine, nothingMissing: boolean): void {
    if (kind === "torn-line") {
      const what = nothingMissing ? "a line that a crash or a failed write cut off; it was never acknowledged" : why;
      this.#problems.add(nothingMissing ? kind : "no-line", place, what);
    } else {
      this.#problems.add(nothingMissing ? "fragment" : kind, place, why);
    }
  }

  #advance({ seq, chain, at }: Pick<Frame, "seq" | "chain" | "at">, place: Place, guesses: readonly string[]): void {
    this.#goTo(seq, chain, guesses);
    this.#isFirstLine = false;
    this.#recentSeq[seq % RECENT_MAX] = seq;
    this.#recentChain[seq % RECENT_MAX] = chain;
    if (at === null) return;
    this.#firstAt ??= at;
    if (this.#lastAt !== null && at < this.#lastAt) {
      const back = `${String(this.#lastAt - at)} ms before the line before it`;
      this.#problems.add("time-went-back", place, `the line says that it was recorded ${back}`);
    }
    this.#lastAt = at;
  }

  /** Where the next line has to go on. */
  #goTo(seq: number, chain: string, guesses: readonly string[]): void {
    this.#seq = seq;
    this.#chain = chain;
    this.#guesses = guesses;
    this.#prefix = prefixOf(this.#writer, seq + 1);
  }

  #readEvent(line: LineInBuffer): void {
    const frame = decodeFrame(line.buffer.subarray(line.start, line.end));
    if ("why" in frame) this.#problems.add("no-event", this.#placeOf(line), frame.why);
  }

  #placeOf({ byte }: LineInBuffer): Place {
    return { file: this.#file, line: this.#line, byte };
  }
}

function prefixOf(writer: string, seq: number): string {
  return `{"writer":"${writer}","seq":${String(seq)},"event":{`;
}

function numbersOf(first: number, last: number): string {
  return first === last ? `number ${String(first)}` : `numbers ${String(first)} to ${String(last)}`;
}

function but(bad: number): string {
  if (bad === 0) return "";
  return bad === 1 ? ", not one damaged line" : `, not ${String(bad)} damaged lines`;
}
