import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that take minutes in a full run: begun last, they would be what everything waits for. */
const LONGEST = [
  "faults/killed-processes",
  // These pack what the next ones install, when one process runs both.
  "packaging/tarballs",
  "packaging/",
  "faults/power-loss",
  "docs/documents",
  "faults/model",
  "html/browser",
  "columns/pruned",
  "reproduced/",
  "columns/as-of",
  "docs/attach-guides",
  "postgres/many-hosts",
  "load/",
  "self-test/",
  "faults/",
];

/** Begins with the tests that take longest; the others in Vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}`));
      return found === -1 ? LONGEST.length : found;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
