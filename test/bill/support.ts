import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The start of a day of October 2026, from 0. */
export function DAY(index: number): string {
  return new Date(Date.UTC(2026, 9, 1 + index)).toISOString();
}

/** A page of the Admin API: the rows of days that follow each other. */
export function adminPage(
  days: readonly (readonly object[])[],
  { first = 0, hasMore = false }: { readonly first?: number; readonly hasMore?: boolean } = {},
): object {
  return {
    data: days.map((results, index) => ({
      starting_at: DAY(first + index).replace(".000", ""),
      ending_at: DAY(first + index + 1).replace(".000", ""),
      results,
    })),
    has_more: hasMore,
    next_page: hasMore ? "page_x" : null,
  };
}

/** A row of the analytics API's costs, of 1 October 2026. */
export function analyticsRow(model: string, amount: string, list: string): object {
  return {
    starting_at: DAY(0),
    ending_at: DAY(1),
    group: { model, workspace_id: null, actor: { type: "user_actor", email_address: "someone@example.com" } },
    cost: { amount, list_amount: list, currency: "USD", requests: 3 },
  };
}

/** The names of files that hold the pages. */
export function writePages(folder: string, pages: readonly unknown[]): string[] {
  return pages.map((page, index) => {
    const name = `page-${String(index)}.json`;
    writeFileSync(join(folder, name), JSON.stringify(page));
    return name;
  });
}
