import { GROUP_KEYS, type Condition, type GroupKey, type SpendQuery } from "@farthing/ledger";
import fc from "fast-check";
import { priceBooks } from "./priced-requests.ts";

// Values that the requests of `priced-requests.ts` have.

const keys = fc.subarray<GroupKey>([...GROUP_KEYS, "label:team"], { maxLength: 3 });

const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ key: fc.constant("day"), value: fc.constantFrom("2026-10-25", "2026-10-24") }),
  fc.record({ key: fc.constant("hour"), value: fc.constantFrom("2026-10-25T02", null) }),
  fc.record({ key: fc.constant("month"), value: fc.constantFrom("2026-10") }),
  fc.record({ key: fc.constant("model"), value: fc.constantFrom("claude-opus-5", null) }),
  fc.record({ key: fc.constant("workload"), value: fc.constantFrom("rag", "nightly", null) }),
  fc.record({ key: fc.constant("session"), value: fc.constantFrom("258c7280", "258c", null) }),
  fc.record({ key: fc.constant("label:team"), value: fc.constantFrom("a", null) }),
);

const instants = fc.option(fc.integer({ min: Date.UTC(2026, 9, 24), max: Date.UTC(2026, 9, 27) }), { nil: null });

/** Questions about spend, in zones whose clocks change on the days in question. */
export const spendQueries: fc.Arbitrary<SpendQuery> = fc.record({
  by: keys,
  where: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(conditions, { minLength: 1, maxLength: 2 }) },
  ),
  since: instants,
  until: instants,
  timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York"),
  book: priceBooks,
});
