import type { Command } from "commander";
import { UsageError } from "../command-errors.ts";

/** Commands that are planned and answer nothing today. */
const NOT_THERE_YET = ["close"] as const;

/** Registers the planned commands, so that calling one says so rather than "unknown command". */
export function addNotThereYet(program: Command): void {
  for (const name of NOT_THERE_YET) addOne(program, name, `farthing ${name}`);
  program.addHelpText("after", `\nNot there yet: ${NOT_THERE_YET.join(", ")}.`);
}

function addOne(parent: Command, name: string, fullName: string): void {
  parent
    .command(name, { hidden: true })
    .argument("[arguments...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      throw new UsageError(`\`${fullName}\` is not available yet; \`farthing --help\` lists what is`);
    });
}
