import { InvalidAmountError, InvalidSettingError } from "../errors.ts";
import { parseUsd } from "../money/money.ts";
import { BUDGET_PERIODS, type BudgetSetting } from "./settings.ts";

/**
 * The setting `budgets`, sorted by name.
 *
 * @throws InvalidSettingError for a value that cannot be.
 */
export function readBudgets(value: unknown): readonly BudgetSetting[] {
  if (!Array.isArray(value)) throw new InvalidSettingError("budgets", "expected a list of budgets");
  const budgets = value.map(readBudget).sort((a, b) => (a.name < b.name ? -1 : 1));
  const twice = budgets.find(({ name }, index) => budgets[index + 1]?.name === name);
  if (twice !== undefined) throw new InvalidSettingError(`budgets.${twice.name}`, "there are two of that name");
  return budgets;
}

function readBudget(value: unknown): BudgetSetting {
  const { name, usd, per, where } = isObject(value) ? value : {};
  if (typeof name !== "string" || name === "" || name.trim() !== name) {
    throw new InvalidSettingError("budgets", "expected a name for each, without spaces around it");
  }
  const period = BUDGET_PERIODS.find((each) => each === per);
  if (period === undefined) {
    throw new InvalidSettingError(`budgets.${name}`, `expected an amount per ${BUDGET_PERIODS.join(", ")}`);
  }
  return { name, usd: readAmount(name, usd), per: period, where: readWhere(name, where) };
}

function readAmount(name: string, usd: unknown): string {
  try {
    if (typeof usd === "string" && parseUsd(usd) > 0n) return usd;
  } catch (error) {
    if (!(error instanceof InvalidAmountError)) throw error;
  }
  throw new InvalidSettingError(`budgets.${name}`, 'expected US dollars above zero, such as "500"');
}

function readWhere(name: string, where: unknown): BudgetSetting["where"] {
  if (!Array.isArray(where)) throw new InvalidSettingError(`budgets.${name}`, "expected a list of conditions");
  return where.map((condition: unknown) => {
    const { key, value } = isObject(condition) ? condition : {};
    if (typeof key === "string" && (typeof value === "string" || value === null)) return { key, value };
    throw new InvalidSettingError(`budgets.${name}`, "expected a key and a value in each condition");
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
