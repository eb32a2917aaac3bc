/**
 * How much a problem matters.
 *
 * `damage`: a file is not what was written. `leftover`: what an interrupted process left behind, with no acknowledged
 * event missing. `note`: nothing is wrong, and somebody may want to know.
 */
export type Severity = "damage" | "leftover" | "note";

/** Something that the folder of a ledger should not hold, or should and does not. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly severity: Severity;
  readonly file: string;
  /** From 1; null where the file as a whole is meant. */
  readonly line: number | null;
  /** Offset of the line's first byte; null where the file as a whole is meant. */
  readonly byte: number | null;
  /** What is wrong, for people. */
  readonly what: string;
  /** What to do about it, for people; null where there is nothing to do. */
  readonly remedy: string | null;
}

const REPAIR = "farthing verify --repair puts it right";
const MAKE_AGAIN = "farthing verify --repair makes it again: the log holds all of it";
const RESTORE = "restore the file from a copy, or import its sources again";

/** What a problem is. */
export type ProblemKind =
  /** A line whose checksum does not match. */
  | "changed-line"
  /** Not a line of a ledger at all. */
  | "no-line"
  /** Lines between which a newline was changed; the whole ones among them count. */
  | "joined-lines"
  /** A line as it was written, of what is no event. */
  | "no-event"
  /** The rest of a write that failed; nothing is missing around it. */
  | "fragment"
  /** A line of another writer's log. */
  | "foreign-line"
  /** A line that has the next number and does not follow the line before. */
  | "broken-chain"
  /** Numbers between two lines were left out. */
  | "missing-lines"
  /** A file of a log is not there. */
  | "missing-segment"
  /** Another line of the log has the same number. */
  | "forked-number"
  /** A line that was recorded before the one before it. */
  | "time-went-back"
  /** The operating system does not let a file be read. */
  | "unreadable"
  /** `ledger.json` is missing or cannot be read. */
  | "manifest"
  /** What was pruned is not known as it was written down: a record, its ids, or the log of sums. */
  | "prune-record"
  /** A column file is not what was written. */
  | "damaged-columns"
  /** A row of a column file does not say what the lines say that it was made from, or lines are in no row or in two. */
  | "wrong-row"
  /** A column file of another release, or of what its segment held before. */
  | "stale-columns"
  /** A sum that was kept between questions is not what the rows come to. */
  | "wrong-checkpoint"
  /** A document of an import or a report that is no JSON. */
  | "damaged-document"
  /** The end of a file, cut off by a crash; it was never acknowledged. */
  | "torn-line"
  /** The end of a log, whole but for its newline. */
  | "unended-line"
  /** A lock of a process that is gone. */
  | "stale-lock"
  /** A file that was to be renamed. */
  | "leftover-file"
  /** The end of a log whose writer is at work. */
  | "line-being-written"
  /** A lock of a process that is at work. */
  | "held-lock"
  /** A line that is there twice. */
  | "repeated-line"
  /** A file that is not read. */
  | "unknown-file";

/** How much each kind matters, and what to do about it. */
const KINDS: Readonly<Record<ProblemKind, Pick<Problem, "severity" | "remedy">>> = {
  "changed-line": { severity: "damage", remedy: RESTORE },
  "no-line": { severity: "damage", remedy: RESTORE },
  "joined-lines": { severity: "damage", remedy: `nothing, where no event is lost; else ${RESTORE}` },
  "no-event": { severity: "damage", remedy: RESTORE },
  fragment: { severity: "damage", remedy: "nothing: a write failed here, and no event is missing around it" },
  "foreign-line": { severity: "damage", remedy: "find out how it came there; its event counts" },
  "broken-chain": { severity: "damage", remedy: "compare the file with a copy; the event of the line counts" },
  "missing-lines": { severity: "damage", remedy: RESTORE },
  "missing-segment": { severity: "damage", remedy: RESTORE },
  "forked-number": { severity: "damage", remedy: "compare the two lines; the events of both count" },
  "time-went-back": {
    severity: "damage",
    remedy: "nothing: reports as of a time before it may leave out more than they should",
  },
  unreadable: { severity: "damage", remedy: "check the disk and the permissions, then verify again" },
  "prune-record": { severity: "damage", remedy: "restore pruned/ and segments/ from a copy" },
  "damaged-columns": { severity: "damage", remedy: MAKE_AGAIN },
  "wrong-row": { severity: "damage", remedy: MAKE_AGAIN },
  "wrong-checkpoint": {
    severity: "damage",
    remedy: "farthing verify --deep --repair removes it: the next question makes it again",
  },
  "damaged-document": { severity: "damage", remedy: MAKE_AGAIN },
  "stale-columns": { severity: "leftover", remedy: "nothing: the next question makes it again" },
  manifest: { severity: "damage", remedy: "restore ledger.json from a copy" },
  "torn-line": { severity: "leftover", remedy: REPAIR },
  "unended-line": { severity: "leftover", remedy: REPAIR },
  "stale-lock": { severity: "leftover", remedy: REPAIR },
  "leftover-file": { severity: "leftover", remedy: REPAIR },
  "line-being-written": { severity: "note", remedy: null },
  "held-lock": { severity: "note", remedy: null },
  "repeated-line": { severity: "note", remedy: null },
  "unknown-file": { severity: "note", remedy: null },
};

/** Where a problem is. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly byte?: number;
}

/** What some problems came to, as data. */
export interface FoundProblems {
  /** The first of each severity, as they were found. */
  readonly kept: readonly Problem[];
  readonly counts: Readonly<Record<Severity, number>>;
}

/** Collects problems; of each severity the first so many, the rest is counted. */
export class Problems {
  readonly #max: number;
  readonly #kept: Problem[] = [];
  readonly #counts: Record<Severity, number> = { damage: 0, leftover: 0, note: 0 };

  constructor(max: number) {
    this.#max = max;
  }

  add(kind: ProblemKind, { file, line, byte }: Place, what: string): void {
    const { severity, remedy } = KINDS[kind];
    this.#counts[severity] += 1;
    // Each severity has room of its own, so that many notes hide no damage.
    if (this.#counts[severity] > this.#max) return;
    this.#kept.push({ kind, severity, file, line: line ?? null, byte: byte ?? null, what, remedy });
  }

  /** What was found, for others to take over. */
  found(): FoundProblems {
    return { kept: [...this.#kept], counts: this.counts() };
  }

  /** Adds what others found, as if it had been found here. */
  take({ kept, counts }: FoundProblems): void {
    const taken = this.counts();
    for (const problem of kept) {
      taken[problem.severity] += 1;
      if (taken[problem.severity] <= this.#max) this.#kept.push(problem);
    }
    for (const severity of ["damage", "leftover", "note"] as const) this.#counts[severity] += counts[severity];
  }

  /** The first of each severity, in order of file and place. */
  list(): readonly Problem[] {
    return this.#kept.toSorted((a, b) =>
      a.file === b.file ? (a.byte ?? -1) - (b.byte ?? -1) : a.file < b.file ? -1 : 1,
    );
  }

  /** How many there are of each severity, those that are not in the list included. */
  counts(): Record<Severity, number> {
    return { ...this.#counts };
  }
}
