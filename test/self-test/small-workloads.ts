import fc from "fast-check";
import type { ResponseRecorded } from "@farthing/ledger";
import { FAMILIES } from "./families.ts";
import { recordCase } from "./run-case.ts";
import { makeCase } from "./self-test-case.ts";

const DAYS = 4;

/** What recorders wrote of a few days of some service, of any family. */
export const smallWorkloads: fc.Arbitrary<readonly ResponseRecorded[]> = fc
  .record({ family: fc.constantFrom(...FAMILIES), seed: fc.nat({ max: 1_000_000 }) })
  .map(({ family, seed }) => {
    const services = (): ReturnType<typeof family.services> =>
      family.services(seed).map((knobs) => ({ ...knobs, days: DAYS, webSearches: 0 }));
    return recordCase(makeCase({ ...family, services }, seed));
  });
