/** A setting as the command line names it. */
export interface SettingName {
  readonly name: string;
  /** What it means and which values it takes, for help. */
  readonly meaning: string;
}

/** Every setting, in the order of help. */
export const SETTING_NAMES: readonly SettingName[] = [
  { name: "billing", meaning: "per-token, subscription, mixed or unknown" },
  { name: "billing.SOURCE", meaning: "the same for one source, such as billing.claude-code" },
  { name: "discount-percent", meaning: "negotiated discount on list prices, 0 to 100, or none" },
  { name: "monthly-commitment-usd", meaning: "dollars owed per month whatever is used, or none" },
  { name: "currency", meaning: "what you pay in, at a fixed rate: EUR=0.92, or none" },
  { name: "time-zone", meaning: "IANA name; cuts days and months, --tz overrides it" },
  { name: "personal-labels", meaning: "labels stored as keyed tokens: user,email, or none" },
  { name: "disk-limit-bytes", meaning: "disk a folder may take; see prune; or none" },
];
