import type { Command } from "commander";
import type { DoctorFlags } from "../commands/doctor.ts";
import type { ForwardFlags } from "../flags/forward-flags.ts";
import type { MigrateFlags } from "../commands/migrate.ts";
import type { PruneFlags } from "../flags/prune-flags.ts";
import type { RollupFlags } from "../commands/rollup.ts";
import type { SettingsFlags } from "../commands/settings.ts";
import type { VerifyFlags } from "../commands/verify.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withLedger } from "../flags/ledger-options.ts";
import { SETTING_NAMES } from "../flags/setting-names.ts";
import type { CommandIo } from "../io.ts";
import { parseCount } from "./parse-values.ts";

/** The commands that keep a ledger: its settings, whether it is whole, how long it grows. */
export function addUpkeepCommands(program: Command, io: CommandIo, finish: Finish): void {
  addSettings(program, io, finish);
  addVerify(program, io, finish);
  addDoctor(program, io, finish);
  addPrune(program, io, finish);
  addMigrate(program, io, finish);
  addForward(program, io, finish);
  addRollup(program, io, finish);
}

function addSettings(program: Command, io: CommandIo, finish: Finish): void {
  const settings = program
    .command("settings")
    .description("what a ledger should know about how you pay")
    .addHelpText("after", SETTINGS_HELP);
  withFormat(withLedger(settings.command("get [key]")), ["text", "json"])
    .description("one setting, or all")
    .addHelpText("after", "\nExample: farthing settings get time-zone")
    .action(async (key: string | undefined, flags: SettingsFlags) => {
      const { getSettings } = await import("../commands/settings.ts");
      finish(await getSettings(io, key, flags));
    });
  withFormat(withLedger(settings.command("set <key> <value>")), ["text", "json"])
    .description("change one setting")
    .addHelpText("after", "\nExample: farthing settings set time-zone Europe/Berlin")
    .action(async (key: string, value: string, flags: SettingsFlags) => {
      const { setSetting } = await import("../commands/settings.ts");
      finish(await setSetting(io, key, value, flags));
    });
}

function addVerify(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("verify")), ["text", "json"])
    .description("whether every byte of a ledger is as it was written")
    .option("--repair", "put right what an interrupted process left; no good line is touched")
    .option("--deep", "also read the event of every line")
    .option("--head <head>", "hold it against the chain head of a period that was closed")
    .addHelpText("after", "\nExample: farthing verify --ledger ./.farthing")
    .action(async (flags: VerifyFlags) => {
      const { verify } = await import("../commands/verify.ts");
      finish(await verify(io, flags));
    });
}

function addDoctor(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("doctor")), ["text", "json"])
    .description("whether everything is being recorded, and what to do where it is not")
    .option("--now <time>", "take this as the current time")
    .addHelpText("after", "\nExample: farthing doctor")
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import("../commands/doctor.ts");
      finish(await doctor(io, flags));
    });
}

function addPrune(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("prune")), ["text", "json"])
    .description("replace old detail by sums; no total changes")
    .option("--before <time>", "what was complete before; default: as the disk limit of a folder asks")
    .option("--dry-run", "only tell what would be done")
    .option("--now <time>", "take this as the current time")
    .addHelpText("after", "\nExample: farthing prune --before 2026-01-01 --dry-run")
    .action(async (flags: PruneFlags) => {
      const { prune } = await import("../commands/prune.ts");
      finish(await prune(io, flags));
    });
}

function addMigrate(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("migrate")), ["text", "json"])
    .description("make the tables of a ledger in a database, or bring them up to date")
    .addHelpText(
      "after",
      "\n--ledger is a postgres:// URL, of who owns the tables or may make them.\nExample: farthing migrate --ledger postgres://owner@db.internal/usage",
    )
    .action(async (flags: MigrateFlags) => {
      const { migrate } = await import("../commands/migrate.ts");
      finish(await migrate(io, flags));
    });
}

function addForward(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("forward")), ["text", "json"])
    .description("send what a ledger's folder recorded to a ledger in a database")
    .option("--to <url>", "the database, such as postgres://writer@db.internal/usage")
    .option("--watch", "go on with what is recorded meanwhile, until interrupted")
    .option(
      "--with-sums",
      "send a folder that was pruned before; right only where no other host records the same requests",
    )
    .option(
      "--max-bytes <count>",
      "drop the oldest segments beyond this, forwarded ones first; 32 MiB or more (default: 1 GiB)",
      parseCount,
    )
    .option("--host <name>", "names this machine in farthing doctor (default: its host name)")
    .option("--forget <url>", "a database that was mistyped, or is gone: is forwarded to no more; sends nothing")
    .option("--force", "forget it even where something is in no other database")
    .addHelpText("after", "\n--ledger is a folder.\nExample: farthing forward --to postgres://writer@db.internal/usage")
    .action(async (flags: ForwardFlags) => {
      const { forward } = await import("../commands/forward.ts");
      finish(await forward(io, flags));
    });
}

function addRollup(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("rollup")), ["text", "json"])
    .description("bring farthing.spend of a ledger in a database up to date")
    .addHelpText(
      "after",
      "\n--ledger is a postgres:// URL, of a user with farthing_roller.\nExample: farthing rollup --ledger postgres://db.internal/usage",
    )
    .action(async (flags: RollupFlags) => {
      const { rollup } = await import("../commands/rollup.ts");
      finish(await rollup(io, flags));
    });
}

const SETTINGS_HELP = `\nSettings:\n${SETTING_NAMES.map(({ name, meaning }) => `  ${name.padEnd(24)}${meaning}`).join("\n")}\n\nExample: farthing settings set time-zone Europe/Berlin`;
