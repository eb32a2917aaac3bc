import type { Command } from "commander";
import type { PriceFlags } from "../commands/price.ts";
import type { PricesFlags } from "../commands/prices.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withPrices } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";

/** The commands that say what things cost, without a ledger's responses. */
export function addPriceCommands(program: Command, io: CommandIo, finish: Finish): void {
  addPrice(program, io, finish);
  addPrices(program, io, finish);
}

function addPrice(program: Command, io: CommandIo, finish: Finish): void {
  withPrices(program.command("price [model]"))
    .description("what one usage object costs, as JSON")
    .option("--usage <json>", "the usage object of an API response")
    .option("--at <time>", "when it was used; a date is 00:00 UTC; default: now")
    .option("--stdin", 'price each line {"model","usage","at"?} of stdin')
    .addHelpText("after", PRICE_HELP)
    .action(async (model: string | undefined, flags: PriceFlags) => {
      const { price } = await import("../commands/price.ts");
      finish(await price(io, model, flags));
    });
}

function addPrices(program: Command, io: CommandIo, finish: Finish): void {
  const prices = withFormat(withPrices(program.command("prices [model]")), ["text", "json"])
    .description("prices in force, with their sources; `prices set FILE` records your own")
    .option("--at <time>", "as of then; a date is 00:00 UTC; default: now")
    .addHelpText("after", "\nExample: farthing prices claude-opus-5 --at 2026-10-01")
    .action(async (model: string | undefined, flags: PricesFlags) => {
      const { prices: showPrices } = await import("../commands/prices.ts");
      finish(await showPrices(io, model, flags));
    });
  prices
    .command("set <file>")
    .description("record the rate cards of a JSON file, one or a list, as your own prices")
    .addHelpText("after", "\nExample: farthing prices set our-prices.json")
    .action(async (file: string, _flags: object, command: Command) => {
      const { setPrices } = await import("../commands/prices-set.ts");
      finish(await setPrices(io, file, command.optsWithGlobals<PricesFlags>()));
    });
}

const PRICE_HELP = `
Example: farthing price claude-opus-5 \\
           --usage '{"input_tokens":1200,"output_tokens":80}'`;
