import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appliedSince } from "../../packages/advisor/src/follow-up/applied-since.ts";

/** `+` carries the change. */
function marks(text: string): boolean[] {
  return [...text].map((mark) => mark === "+");
}

describe("a change is made from the request on", () => {
  it("after which nearly all carry it", () => {
    expect(appliedSince(marks(`${"-".repeat(30)}${"+".repeat(40)}`), 1)).toBe(30);
    // One straggler among forty stands for two and a half percent.
    expect(appliedSince(marks(`---${"+".repeat(30)}-${"+".repeat(10)}`), 1)).toBe(3);
    expect(appliedSince(marks(`---${"+-".repeat(10)}${"+".repeat(25)}`), 1)).toBe(23);
  });

  it("where there are so many that it is no chance", () => {
    expect(appliedSince(marks("+".repeat(19)), 1)).toBeNull();
    expect(appliedSince(marks("+".repeat(20)), 1)).toBe(0);
    // Where one in ten did not carry it before, twenty that do not are missed among two hundred.
    expect(appliedSince(marks("+".repeat(199)), 0.1)).toBeNull();
    expect(appliedSince(marks("+".repeat(200)), 0.1)).toBe(0);
  });

  it("and not where requests are as they were: one in ten without it", () => {
    const asBefore = Array.from({ length: 1_000 }, (_, index) => index % 10 !== 0);
    expect(appliedSince(asBefore, 0.1)).toBeNull();
    expect(appliedSince([], 1)).toBeNull();
    expect(appliedSince(marks("+".repeat(100)), 0)).toBeNull();
  });

  it("and no longer where it was taken back", () => {
    expect(appliedSince(marks(`${"+".repeat(200)}${"-".repeat(40)}`), 1)).toBeNull();
  });

  it("only where at most one in twenty from there on does not carry it, and the first does", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), fc.nat(100), (earlier, more) => {
        const carries = [...earlier, ...marks("+".repeat(more))];
        const place = appliedSince(carries, 1);
        if (place === null) return;
        const since = carries.slice(place);
        expect(since[0]).toBe(true);
        expect(since.filter((each) => !each).length).toBeLessThanOrEqual(since.length / 20);
      }),
    );
  });
});
