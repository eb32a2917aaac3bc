// Few commands close a period or look back to one: all others do without what that takes.

import type { adjustmentsTo } from "./adjustments.ts";
import type { closedCharges } from "./closed-charges.ts";
import type { closePeriod } from "./close-period.ts";
import type { verifyHead } from "./verify-head.ts";

export type { Adjustment, AdjustmentKind, AdjustmentsOptions } from "./adjustments.ts";
export type { ChargeChange, ClosedCharges, ClosedChargesOptions } from "./closed-charges.ts";
export type { ClosePeriodOptions, ClosedPeriod } from "./close-period.ts";

/** What is done about closed periods. */
export interface Closing {
  readonly adjustmentsTo: typeof adjustmentsTo;
  readonly closedCharges: typeof closedCharges;
  readonly closePeriod: typeof closePeriod;
  readonly verifyHead: typeof verifyHead;
}

/** Loads each of the file of its name. */
export async function loadClosing(): Promise<Closing> {
  const [{ adjustmentsTo }, { closedCharges }, { closePeriod }, { verifyHead }] = await Promise.all([
    import("./adjustments.ts"),
    import("./closed-charges.ts"),
    import("./close-period.ts"),
    import("./verify-head.ts"),
  ]);
  return { adjustmentsTo, closedCharges, closePeriod, verifyHead };
}
