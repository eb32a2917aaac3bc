/**
 * Errors a caller can act on, one class per decision. `code` identifies a class across installed copies
 * of this package, where `instanceof` cannot.
 */
export abstract class LedgerError extends Error {
  abstract readonly code: string;
}

/** Text that was to be an amount of money is not one. */
export class InvalidAmountError extends LedgerError {
  override readonly name = "InvalidAmountError";
  readonly code = "INVALID_AMOUNT";
  readonly text: string;

  constructor(text: string, why: string) {
    super(`"${text}" is not an amount: ${why}`);
    this.text = text;
  }
}

/** A usage object cannot be billed: a count is negative, fractional, too large or missing. */
export class InvalidUsageError extends LedgerError {
  override readonly name = "InvalidUsageError";
  readonly code = "INVALID_USAGE";
  /** Where in the usage object, such as `cache_creation.ephemeral_5m_input_tokens`. */
  readonly field: string;

  constructor(field: string, why: string) {
    super(`usage${field === "" ? "" : `.${field}`}: ${why}`);
    this.field = field;
  }
}

/** Text that was to be a point in time is not one. */
export class InvalidInstantError extends LedgerError {
  override readonly name = "InvalidInstantError";
  readonly code = "INVALID_INSTANT";
  readonly text: string;

  constructor(text: string, why: string) {
    super(`"${text}" is not a point in time: ${why}`);
    this.text = text;
  }
}

/** An event does not have the form its type and version promise. Nothing of the batch was appended. */
export class InvalidEventError extends LedgerError {
  override readonly name = "InvalidEventError";
  readonly code = "INVALID_EVENT";
  /** Path of the field, such as `usage.parts.0.tokens.output`. */
  readonly field: string;

  constructor(field: string, why: string) {
    super(`event${field === "" ? "" : `.${field}`}: ${why}`);
    this.field = field;
  }
}

/** One `append` call holds two events with one id that cannot both be true. Nothing of it was appended. */
export class ContradictionError extends LedgerError {
  override readonly name = "ContradictionError";
  readonly code = "CONTRADICTION";
  readonly eventId: string;

  constructor(eventId: string, why: string) {
    super(`two events of one append share the id "${eventId}" and contradict each other: ${why}; append one of them`);
    this.eventId = eventId;
  }
}

/** There is no ledger at the path. Create one by importing into it, or point to another. */
export class LedgerNotFoundError extends LedgerError {
  override readonly name = "LedgerNotFoundError";
  readonly code = "LEDGER_NOT_FOUND";
  readonly path: string;

  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.path = path;
  }
}

/** The folder holds something, but not a ledger this release can read. Nothing was changed. */
export class LedgerFormatError extends LedgerError {
  override readonly name = "LedgerFormatError";
  readonly code = "LEDGER_FORMAT";
  readonly path: string;

  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.path = path;
  }
}

/**
 * The operating system refused a file of the ledger: permissions, a full disk, an I/O error. Or the database of a shared
 * ledger does not answer, or refuses.
 */
export class LedgerUnavailableError extends LedgerError {
  override readonly name = "LedgerUnavailableError";
  readonly code = "LEDGER_UNAVAILABLE";
  readonly path: string;
  /**
   * Whether a database answered, and refuses for a reason that stays until somebody changes something: a wrong password,
   * a right that is missing, a certificate that is not trusted.
   */
  readonly isRefusal: boolean;
  /**
   * Whether a database said so to this login, and might let another one in: each refusal, and a limit of connections that
   * is of one user. Or this process may not send the sums of a pruned folder, which another one may.
   */
  readonly isOfLogin: boolean;
  /** Whether a database let its user in and denies it a right. */
  readonly isDenied: boolean;
  /** What to look at, for a person, where a database does not answer and the message does not say it; else null. */
  readonly next: string | null;

  constructor(
    path: string,
    why: string,
    {
      isRefusal = false,
      isOfLogin = isRefusal,
      isDenied = false,
      next = null,
      ...options
    }: ErrorOptions & { isRefusal?: boolean; isOfLogin?: boolean; isDenied?: boolean; next?: string | null } = {},
  ) {
    super(`${path}: ${why}`, options);
    this.path = path;
    this.isRefusal = isRefusal;
    this.isOfLogin = isOfLogin;
    this.isDenied = isDenied;
    this.next = next;
  }
}

/**
 * Another process holds what only one may: on a network file system the right to append, anywhere a short change of
 * `ledger.json`. Wait for it, or stop it. One that was killed on another machine, or in another container, holds it for ten minutes more.
 */
export class LedgerLockedError extends LedgerError {
  override readonly name = "LedgerLockedError";
  readonly code = "LEDGER_LOCKED";
  readonly path: string;
  /** The lock's file, within the ledger. */
  readonly lock: string;
  readonly ownerPid: number;
  /** The machine of the owner where it is another one, or another container on this one; null else. */
  readonly ownerHost: string | null;

  constructor(path: string, lock: string, ownerPid: number, elsewhere: OwnerElsewhere | null = null) {
    const owner = `process ${String(ownerPid)}${elsewhere === null ? "" : ` on ${elsewhere.host}`}`;
    super(
      `${path}: ${owner} is writing to this ledger; wait until it has ended, then try again${adviceOn(lock, elsewhere)}`,
    );
    this.path = path;
    this.lock = lock;
    this.ownerPid = ownerPid;
    this.ownerHost = elsewhere?.host ?? null;
  }
}

/** The owner of a lock where it cannot be seen whether it runs: on another machine, or in another container. */
interface OwnerElsewhere {
  readonly host: string;
  /** For how long nothing has to be heard of it until it is taken for gone; null where that never is. */
  readonly silentMs: number | null;
}

function adviceOn(lock: string, elsewhere: OwnerElsewhere | null): string {
  if (elsewhere === null) return "";
  const minutes = elsewhere.silentMs === null ? null : String(Math.ceil(elsewhere.silentMs / 60_000));
  const waiting =
    minutes === null ? "" : `its lock is taken over ${minutes} minutes after it ended, or at once when you `;
  return `; if it is gone for good, ${waiting}delete the file ${lock} in the ledger`;
}

/**
 * What a ledger held at a time in the past cannot be told any more: a later prune took the detail. Ask as of the prune,
 * or later, or ask a copy from before it. Or what came after a position cannot: sums of what came before are among it. Begin
 * anew, without the position and what was made of events up to it.
 */
export class LedgerPrunedError extends LedgerError {
  override readonly name = "LedgerPrunedError";
  readonly code = "LEDGER_PRUNED";
  readonly path: string;
  /** The first time, in milliseconds since 1970, as of which the ledger can be asked. */
  readonly prunedAt: number;

  /** @param asked What the ledger held as of a time, or what came after a position. */
  constructor(path: string, prunedAt: number, asked: "as-of" | "after" = "as-of") {
    const at = new Date(prunedAt).toISOString();
    super(
      asked === "as-of"
        ? `${path}: what was recorded by then is not known any more: its detail was pruned at ${at}; ` +
            "ask as of that time or later, or a copy from before"
        : `${path}: what came after that position is not known any more: the ledger was pruned at ${at}, and what is left ` +
            "holds sums of what came before; read again from the start, into a new state",
    );
    this.path = path;
    this.prunedAt = prunedAt;
  }
}

/** Some of a period is closed, and its figure stands: later facts are adjustments to it. Nothing was recorded. */
export class PeriodClosedError extends LedgerError {
  override readonly name = "PeriodClosedError";
  readonly code = "PERIOD_CLOSED";
  /** What was closed, ISO 8601 in UTC; `until` is exclusive. */
  readonly from: string;
  readonly until: string;
  /** IANA name of the zone in which it was closed; null where that was not said. */
  readonly timeZone: string | null;
  /** What it was closed with, decimal US dollars. */
  readonly usd: string;

  constructor(from: string, until: string, timeZone: string | null, usd: string, occurredAt: string) {
    super(`${from} to ${until} was closed at ${occurredAt} with $${usd}, which stands`);
    this.from = from;
    this.until = until;
    this.timeZone = timeZone;
    this.usd = usd;
  }
}

/** The ledger was used after `close`. */
export class LedgerClosedError extends LedgerError {
  override readonly name = "LedgerClosedError";
  readonly code = "LEDGER_CLOSED";

  constructor() {
    super("the ledger is closed; open it again to append or read");
  }
}

/** A setting was given a value that it cannot have. Nothing was changed. */
export class InvalidSettingError extends LedgerError {
  override readonly name = "InvalidSettingError";
  readonly code = "INVALID_SETTING";
  /** Which one, such as `billing.claude-code`. */
  readonly setting: string;

  constructor(setting: string, why: string) {
    super(`setting ${setting}: ${why}`);
    this.setting = setting;
  }
}

/** Text that was to be a ledger's key is not one. It is not repeated anywhere: it may be a key with a mistake in it. */
export class InvalidKeyError extends LedgerError {
  override readonly name = "InvalidKeyError";
  readonly code = "INVALID_KEY";

  constructor() {
    super("the key is not one: expected 64 hexadecimal digits, as in the file `key` of a ledger");
  }
}

/** A rate card or a document of rate cards is not usable. */
export class InvalidRateCardError extends LedgerError {
  override readonly name = "InvalidRateCardError";
  readonly code = "INVALID_RATE_CARD";
}

/**
 * Files that a view was reading turned out damaged or were replaced meanwhile. Nothing of the ledger is lost: what it
 * holds lies in the log. Open a new view and ask again; `askView` does. Where it happens once more, a line of the log has been
 * damaged since a column file was made of it: a view with `columns: "ignore"` says what the log says now.
 */
export class LedgerChangedError extends LedgerError {
  override readonly name = "LedgerChangedError";
  readonly code = "LEDGER_CHANGED";

  constructor(why: string, options?: ErrorOptions) {
    super(`the ledger changed while it was read (${why}); open it again and ask again`, options);
  }
}
