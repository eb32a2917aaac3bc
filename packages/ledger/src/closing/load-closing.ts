// Few commands close a period or look back to one: all others do without what that takes.

import type { closePeriod } from "./close-period.ts";
import type { verifyHead } from "./verify-head.ts";

/** What is done about closed periods. */
export interface Closing {
  readonly closePeriod: typeof closePeriod;
  readonly verifyHead: typeof verifyHead;
}

/** Loads `closePeriod` of `close-period.ts` and `verifyHead` of `verify-head.ts`. */
export async function loadClosing(): Promise<Closing> {
  const [{ closePeriod }, { verifyHead }] = await Promise.all([
    import("./close-period.ts"),
    import("./verify-head.ts"),
  ]);
  return { closePeriod, verifyHead };
}
