/** What a run ended with, for shells and CI. */
export const EXIT = {
  done: 0,
  checkFailed: 1,
  wrongUse: 2,
  /** Missing, damaged or unreadable input. What could be read was still shown. */
  badInput: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
