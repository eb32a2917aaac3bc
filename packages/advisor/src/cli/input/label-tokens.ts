import { openLedger, type Condition } from "@farthing/ledger";
import { InputError } from "../command-errors.ts";
import { keyOf } from "../flags/key.ts";
import type { CommandIo } from "../io.ts";

const LABEL = "label:";

/**
 * Conditions as the ledgers can answer them: the value of a personal label becomes the token that stands for it.
 *
 * @throws InputError where a ledger's key is not here, or the ledgers have different ones.
 */
export async function withTokens(
  io: CommandIo,
  where: readonly Condition[],
  { paths, personalLabels }: { readonly paths: readonly string[]; readonly personalLabels: readonly string[] },
): Promise<readonly Condition[]> {
  const isPersonal = ({ key, value }: Condition): boolean =>
    value !== null && key.startsWith(LABEL) && personalLabels.includes(key.slice(LABEL.length));
  // Most questions ask for no person.
  if (!where.some(isPersonal)) return where;
  const conditions: Condition[] = [];
  for (const condition of where) {
    conditions.push(isPersonal(condition) ? { ...condition, value: await tokenIn(io, paths, condition) } : condition);
  }
  return conditions;
}

async function tokenIn(io: CommandIo, paths: readonly string[], { key, value }: Condition): Promise<string | null> {
  if (value === null) return null;
  const tokens = new Set<string>();
  for (const path of paths) {
    await using ledger = await openLedger(path, { mode: "read", key: keyOf(io.env) });
    const token = await ledger.labelToken(key.slice(LABEL.length), value);
    if (token === null) {
      throw new InputError(`${path}: ${key} is stored as tokens, and their key is not here; set FARTHING_KEY to it`);
    }
    tokens.add(token);
  }
  const [token = value, ...others] = tokens;
  if (others.length === 0) return token;
  throw new InputError(`${key}: the ledgers have different tokens for one value; ask them one by one`);
}
