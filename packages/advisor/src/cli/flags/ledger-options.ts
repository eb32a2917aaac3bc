import { Option, type Command } from "commander";

/** Adds an option that may be given several times; without it the value is an empty list. */
export function addRepeatable(command: Command, flags: string, description: string): Command {
  const option = new Option(flags, description).argParser(collect);
  // Not `option.default`, which help would print.
  return command.addOption(option).setOptionValueWithSource(option.attributeName(), [], "default");
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

export function withLedger(command: Command): Command {
  return addRepeatable(
    command,
    "--ledger <path>",
    "folder or postgres:// URL; default FARTHING_LEDGER, .farthing/ here or above, user data folder",
  );
}

export function withPrices(command: Command): Command {
  return withLedger(command)
    .option("--prices-known-at <time>", "use prices as they were known then")
    .option("--now <time>", "take this as the current time");
}

export function withFilters(command: Command): Command {
  return withSelection(
    withPrices(command)
      .option("--since <time>", "first day or time, inclusive; a date is 00:00 in the time zone")
      .option("--until <time>", "end, exclusive"),
  );
}

/** As of when, and in which zone days are cut. */
export function withMoment(command: Command): Command {
  return withAsOf(command).option(
    "--tz <zone>",
    "IANA time zone of days and months; default: the ledger's setting, UTC",
  );
}

/** What advice rests on. */
export function withAdviceAsOf(command: Command): Command {
  return command.option("--advice-as-of <time|position>", "advise on what had been recorded by then alone");
}

export function withAsOf(command: Command): Command {
  return command.option("--as-of <time|position>", "what had been recorded by then; a date is 00:00 UTC");
}

/** Everything that selects requests but their time. */
export function withSelection(command: Command): Command {
  return addRepeatable(
    withMoment(command),
    "--where <key=value>",
    "only these requests; repeatable, all must hold; keys as for spend --by",
  );
}

export function withFormat(command: Command, formats: readonly string[]): Command {
  return command.addOption(new Option("--format <format>", "output format").choices(formats).default(formats[0]));
}
