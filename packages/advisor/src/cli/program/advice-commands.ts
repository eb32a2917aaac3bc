import type { Command } from "commander";
import type { AdviceFlags, AdviceQuestionFlags, DismissFlags } from "../commands/advice-flags.ts";
import { withAdviceAsOf, withFormat, withMoment, withPrices } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";
import type { Finish } from "../finish.ts";

/** `farthing advice`: what became of recommendations. */
export function addAdviceCommands(program: Command, io: CommandIo, finish: Finish): void {
  const advice = program
    .command("advice")
    .description("decide on recommendations, and see what came of them")
    .addHelpText("after", ADVICE_HELP);
  withFormat(withAdviceAsOf(withMoment(withPrices(advice.command("list")))), ["text", "json"])
    .description("what is advised, what was decided, and what was saved")
    .addHelpText("after", "\nExample: farthing advice list")
    .action(async (flags: AdviceQuestionFlags) => {
      const { listAdvice } = await import("../commands/advice-list.ts");
      finish(await listAdvice(io, flags));
    });
  withFormat(withAdviceAsOf(withMoment(withPrices(advice.command("show <id>")))), ["text", "json"])
    .description("one piece of advice in full, decided on or not")
    .addHelpText("after", "\nExample: farthing advice show 2b45b6f5d4")
    .action(async (id: string, flags: AdviceQuestionFlags) => {
      const { showAdvice } = await import("../commands/advice-list.ts");
      finish(await showAdvice(io, id, flags));
    });
  withFormat(withPrices(advice.command("accept <ids...>")), ["text", "json"])
    .description("have it followed: whether requests carry it, and what it saves")
    .addHelpText("after", "\nExample: farthing advice accept 1 2b45b6f5d4")
    .action(async (ids: string[], flags: AdviceFlags) => {
      const { acceptAdvice } = await import("../commands/advice-decide.ts");
      finish(await acceptAdvice(io, ids, flags));
    });
  withFormat(withPrices(advice.command("dismiss <ids...>")), ["text", "json"])
    .description("leave it out of reports until it is worth half as much again")
    .requiredOption("--reason <text>", "why, for whoever asks later")
    .addHelpText("after", '\nExample: farthing advice dismiss 3 --reason "answers must come within a second"')
    .action(async (ids: string[], flags: DismissFlags) => {
      const { dismissAdvice } = await import("../commands/advice-decide.ts");
      finish(await dismissAdvice(io, ids, flags));
    });
}

const ADVICE_HELP = `
An ID is the id that a report shows, the same in every report, or a number of
the report over the whole ledger as it is now.

Examples: farthing advice list
          farthing advice accept 1 2
          farthing advice dismiss 3 --reason "answers must come at once"`;
