import type { Command } from "commander";
import { UsageError } from "../command-errors.ts";

/** Commands that are planned and answer nothing today. */
const NOT_THERE_YET = ["close", "bill"] as const;

/** Imports that are planned. */
const IMPORTS_NOT_THERE_YET = ["usage-report", "cost-report"] as const;

/** Registers the planned commands, so that calling one says so rather than "unknown command". */
export function addNotThereYet(program: Command): void {
  for (const name of NOT_THERE_YET) addOne(program, name, `farthing ${name}`);
  const half = NOT_THERE_YET.length / 2;
  const lines = [NOT_THERE_YET.slice(0, half).join(", "), NOT_THERE_YET.slice(half).join(", ")];
  program.addHelpText("after", `\nNot there yet: ${lines.join(",\n")}.`);
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
