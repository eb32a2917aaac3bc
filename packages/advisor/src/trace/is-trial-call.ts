/** The label of every call that was made for a trial; its value names the trial. */
export const TRIAL_LABEL = "farthing-trial";

/**
 * Whether a call was made for a trial. It was billed, and says nothing of the traffic that advice is for: nobody will send
 * it again.
 */
export function isTrialCall({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return Object.hasOwn(labels, TRIAL_LABEL);
}
