import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from "vitest/node";

/** How a run ended, in tests; a suite, file or run that broke outside any test counts as one failure. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Lists what was skipped and why, and makes `N passed, N failed, N skipped` the last line of every run. */
export default class SummaryReporter implements Reporter {
  #tally: Tally = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // The exit event comes after everything that other reporters and the runner itself still print.
    process.once("exit", () => {
      process.stdout.write(`${summaryLine(this.#tally)}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#tally = tallyOf(modules, unhandledErrors.length);
    const skipped = modules.flatMap((module) => skippedIn(module));
    if (skipped.length > 0) process.stdout.write(`\nSkipped\n${skipped.map((line) => `  ${line}\n`).join("")}\n`);
  }
}

function summaryLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function tallyOf(modules: readonly TestModule[], brokenOutside: number): Tally {
  const tally: Tally = { passed: 0, failed: brokenOutside, skipped: 0 };
  for (const module of modules) {
    if (module.errors().length > 0) tally.failed += 1;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) tally.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test without a result was cut off, which must not look like a choice to skip it.
      if (state === "pending") tally.failed += 1;
      else tally[state] += 1;
    }
  }
  return tally;
}

/** The outermost skipped suites and tests; their titles say why, or the note given when skipping does. */
function skippedIn(parent: TestModule | TestSuite): string[] {
  return [...parent.children].flatMap((child) => {
    if (isSkipped(child)) return [titleOf(child)];
    return child.type === "suite" ? skippedIn(child) : [];
  });
}

function isSkipped(child: TestSuite | TestCase): boolean {
  return child.type === "suite" ? child.state() === "skipped" : child.result().state === "skipped";
}

function titleOf(child: TestSuite | TestCase): string {
  const result = child.type === "test" ? child.result() : null;
  const note = result?.state === "skipped" && result.note !== undefined ? ` (skipped: ${result.note})` : "";
  return `${child.module.relativeModuleId} > ${child.fullName}${note}`;
}
