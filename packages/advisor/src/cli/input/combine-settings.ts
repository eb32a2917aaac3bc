import { billingBasisOf, DEFAULT_SETTINGS, type BillingBasis, type LedgerSettings } from "@farthing/ledger";

/** Settings for a report over several ledgers, and which of them the ledgers disagree about. */
export interface CombinedSettings {
  readonly settings: LedgerSettings;
  /** Names of the settings on which the default was used because the ledgers differ. */
  readonly differing: readonly string[];
  /** Names of budgets that are left out, because each is for what one ledger holds. */
  readonly leftOut: readonly string[];
}

/** One ledger's settings as they are; of several, what they agree on. A source paid for in two ways is `mixed`. */
export function combineSettings(all: readonly LedgerSettings[]): CombinedSettings {
  const differing: string[] = [];
  const agreed = <Key extends Exclude<keyof LedgerSettings, "billing" | "personalLabels" | "budgets">>(
    key: Key,
  ): LedgerSettings[Key] => {
    const values = all.map((settings) => settings[key]);
    const [value = DEFAULT_SETTINGS[key]] = values;
    if (new Set(values.map((each) => JSON.stringify(each))).size <= 1) return value;
    differing.push(key);
    return DEFAULT_SETTINGS[key];
  };
  const settings: LedgerSettings = {
    billing: combineBilling(all),
    discountPercent: agreed("discountPercent"),
    monthlyCommitmentUsd: agreed("monthlyCommitmentUsd"),
    currency: agreed("currency"),
    timeZone: agreed("timeZone"),
    // A budget is for what one ledger holds.
    budgets: all.length === 1 ? (all[0]?.budgets ?? []) : [],
    personalLabels: [...new Set(all.flatMap(({ personalLabels }) => personalLabels))].sort(),
    // A limit is one folder's.
    diskLimitBytes: all.length === 1 ? agreed("diskLimitBytes") : null,
  };
  const leftOut = all.length === 1 ? [] : all.flatMap(({ budgets }) => budgets.map(({ name }) => name));
  return { settings, differing, leftOut };
}

/** A source that some ledger says nothing about is unknown: whose responses are whose is no longer told apart. */
function combineBilling(all: readonly LedgerSettings[]): Readonly<Record<string, BillingBasis>> {
  const sources = new Set(all.flatMap(({ billing }) => Object.keys(billing)));
  return Object.fromEntries(
    [...sources].map((source) => [source, commonBasis(all.map(({ billing }) => billingBasisOf(billing, [source])))]),
  );
}

function commonBasis(bases: readonly BillingBasis[]): BillingBasis {
  const [basis = "unknown"] = bases;
  if (bases.includes("unknown")) return "unknown";
  return bases.every((other) => other === basis) ? basis : "mixed";
}
