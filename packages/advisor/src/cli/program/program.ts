import { Command } from "commander";
import type { Finish } from "../finish.ts";
import type { CommandIo } from "../io.ts";
import { FARTHING_VERSION } from "../version.ts";
import { addAdviceCommands } from "./advice-commands.ts";
import { addBillCommands } from "./bill-commands.ts";
import { addChangeCommands } from "./change-commands.ts";
import { addCloseCommands } from "./close-commands.ts";
import { addImportCommands } from "./import-commands.ts";
import { addPriceCommands } from "./price-commands.ts";
import { addReconcileCommand } from "./reconcile-commands.ts";
import { addReportCommands } from "./report-commands.ts";
import { addUpkeepCommands } from "./upkeep-commands.ts";
import { addWhatIfCommands } from "./what-if-commands.ts";

const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 missing, damaged or
unreadable input, 130 interrupted.`;

/** The command line: names, flags and help. Each command's module is loaded when it is called, no other. */
export function createProgram(io: CommandIo, finish: Finish): Command {
  const program = new Command("farthing")
    .description("What your Claude API calls cost, exactly, and what would have cost less.")
    .version(FARTHING_VERSION)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => {
        write(text.replace(/^error: /, "farthing: "));
      },
    })
    .addHelpText("after", EXIT_CODES_HELP);
  addReportCommands(program, io, finish);
  addAdviceCommands(program, io, finish);
  addChangeCommands(program, io, finish);
  addReconcileCommand(program, io, finish);
  addImportCommands(program, io, finish);
  addBillCommands(program, io, finish);
  addPriceCommands(program, io, finish);
  addWhatIfCommands(program, io, finish);
  addCloseCommands(program, io, finish);
  addUpkeepCommands(program, io, finish);
  return program;
}
