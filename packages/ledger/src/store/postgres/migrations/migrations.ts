import { EVENTS } from "./0001-events.ts";
import { ROLES } from "./0002-roles.ts";
import { RESPONSES } from "./0003-responses.ts";
import { SPEND } from "./0004-spend.ts";
import { PRUNE } from "./0005-prune.ts";
import { LIVES } from "./0006-lives.ts";

/** The statements that bring a database from one version to the next, the first from none to 1. Never changed, only followed. */
export const MIGRATIONS: readonly string[] = [EVENTS, ROLES, RESPONSES, SPEND, PRUNE, LIVES];

/** The version of a ledger's tables that this release reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;
