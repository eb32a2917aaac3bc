import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderTable, type Column } from "../../packages/advisor/src/cli/output/table.ts";

const COLUMNS: readonly Column[] = [
  { title: "name", align: "left", cut: "end" },
  { title: "usd", align: "right" },
];

describe("a text table", () => {
  it("aligns words left and numbers right", () => {
    expect(
      renderTable(
        COLUMNS,
        [
          ["a", "1.00"],
          ["bcdef", "10.00"],
        ],
        80,
      ),
    ).toEqual(["name     usd", "a       1.00", "bcdef  10.00"]);
  });

  it("counts wide characters as two cells and marks as none", () => {
    const [, wide = "", marked = ""] = renderTable(
      COLUMNS,
      [
        ["日本", "1"],
        ["e\u0301e\u0301", "1"],
      ],
      80,
    );
    expect(wide).toBe("日本    1");
    expect(marked).toBe("e\u0301e\u0301      1");
  });

  it("cuts a name that is too long, at the end that says less", () => {
    const [, atEnd] = renderTable(COLUMNS, [["abcdefghijklmnopqrstuvwxyz", "1.00"]], 20);
    expect(atEnd).toBe("abcdefghijklm…  1.00");
    const [, atStart] = renderTable(
      [{ title: "name", align: "left", cut: "start" }],
      [["abcdefghijklmnopqrstuvwxyz"]],
      14,
    );
    expect(atStart).toBe("…nopqrstuvwxyz");
  });

  it("lets no name steer the terminal", () => {
    const [, line] = renderTable(COLUMNS, [["\u001b[31mred\u001b[0m\r\n\u202e", "1"]], 80);
    expect(line).toBe("?[31mred?[0m???    1");
  });

  it("is never wider than asked for, as long as cutting can help", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 60 }), fc.nat().map(String))),
        fc.integer({ min: 30, max: 90 }),
        (rows, width) => {
          for (const line of renderTable(COLUMNS, rows, width)) expect([...line].length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
