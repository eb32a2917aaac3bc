/** The command was called wrongly: a flag, an argument, or something that is not there yet. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the command was given to read is missing, damaged or unreadable. Exit code 3. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** No ledger was named, and none is where ledgers are looked for. Exit code 3. */
export class NoLedgerError extends InputError {
  /** Where it was looked for, as a person would say it. */
  readonly places: string;

  constructor(places: string) {
    super(
      `no ledger: neither ${places} exists; make one with \`farthing import claude-code\`, or name one with --ledger PATH`,
    );
    this.places = places;
  }
}
