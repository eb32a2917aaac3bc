// Few commands close a period or look back to one: all others do without what that takes.

import type { adjustmentsTo } from "./adjustments.ts";
import type { closePeriod } from "./close-period.ts";
import type { verifyHead } from "./verify-head.ts";

/** What is done about closed periods. */
export interface Closing {
  readonly adjustmentsTo: typeof adjustmentsTo;
  readonly closePeriod: typeof closePeriod;
  readonly verifyHead: typeof verifyHead;
}

/** Loads `adjustmentsTo`, `closePeriod` and `verifyHead` of the files of these names. */
export async function loadClosing(): Promise<Closing> {
  const [{ adjustmentsTo }, { closePeriod }, { verifyHead }] = await Promise.all([
    import("./adjustments.ts"),
    import("./close-period.ts"),
    import("./verify-head.ts"),
  ]);
  return { adjustmentsTo, closePeriod, verifyHead };
}
