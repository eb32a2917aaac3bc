import type { Command } from "commander";
import { UsageError } from "../command-errors.ts";

/** Commands that are planned and answer nothing today. */
const NOT_THERE_YET = ["reconcile", "bill"] as const;

/** Imports that are planned. */
const IMPORTS_NOT_THERE_YET = ["usage-report", "cost-report"] as const;

/** Registers the planned commands, so that calling one says so rather than "unknown command". */
export function addNotThereYet(program: Command): void {
  for (const name of NOT_THERE_YET) addOne(program, name, `farthing ${name}`);
  program.addHelpText("after", `\nNot there yet: ${NOT_THERE_YET.join(", ")}.`);
}

export function addImportsNotThereYet(importCommand: Command): void {
  for (const name of IMPORTS_NOT_THERE_YET) addOne(importCommand, name, `farthing import ${name}`);
  importCommand.addHelpText("after", `\nNot there yet: ${IMPORTS_NOT_THERE_YET.join(", ")}.`);
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
