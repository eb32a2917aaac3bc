import { formatInstant, InvalidInstantError, parseInstant } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("reading an instant", () => {
  it.each([
    ["2026-10-07", "2026-10-07T00:00:00.000Z"],
    ["2026-10-07t23:59:59z", "2026-10-07T23:59:59.000Z"],
    ["2026-10-07T00:30:00+23:59", "2026-10-06T00:31:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["0000-02-29", "0000-02-29T00:00:00.000Z"],
    ["0099-12-31", "0099-12-31T00:00:00.000Z"],
  ])("reads %s", (text, utc) => {
    expect(formatInstant(parseInstant(text))).toBe(utc);
  });

  it.each([
    "2026-02-29",
    "1900-02-29",
    "2026-13-01",
    "2026-10-00",
    "2026-10-07T24:00:00Z",
    "2026-12-31T23:59:60Z",
    "2026-10-07T10:00:00+24:00",
    "2026-10-07T10:00:00",
    "2026-10-07T10:00Z",
    " 2026-10-07",
    "07.10.2026",
  ])("refuses %s", (text) => {
    expect(() => parseInstant(text)).toThrow(InvalidInstantError);
  });
});

it("an instant is written as the platform writes it, whichever was written before", () => {
  const instants = fc.oneof(fc.integer({ min: -3_000, max: 3_000 }), fc.maxSafeInteger(), fc.double({ noNaN: true }));
  const written = (write: (instant: number) => string, instant: number): string => {
    try {
      return write(instant);
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(fc.array(instants, { maxLength: 6 }), (all) => {
      for (const each of all) {
        expect(written(formatInstant, each)).toBe(written((instant) => new Date(instant).toISOString(), each));
      }
    }),
    { numRuns: 2_000 },
  );
});
