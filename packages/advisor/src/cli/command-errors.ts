/** The command was called wrongly: a flag, an argument, or something that is not there yet. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the command was given to read is missing, damaged or unreadable. Exit code 3. */
export class InputError extends Error {
  override readonly name = "InputError";
}
