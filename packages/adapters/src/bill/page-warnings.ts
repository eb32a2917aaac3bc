import type { Page } from "./page.ts";

/** Whether pages end before their report does, and what seems to be missing of it. */
export interface PageGaps {
  /** Whether rows of any time may follow on a page that is not there. */
  readonly isCut: boolean;
  readonly warnings: readonly string[];
}

/**
 * What can be told of pages that are missing. Pages do not name themselves: of the Admin API's, whose times are in order, a
 * hole shows; of the analytics API's only that none of them is the last.
 */
export function pageGaps(pages: readonly Page[]): PageGaps {
  const admin = pages.filter(({ kind }) => kind === "usage-report" || kind === "cost-report");
  const analytics = pages.filter((page) => !admin.includes(page));
  // A page without rows does not show its kind.
  const mayEnd = pages.filter((page) => analytics.includes(page) || page.buckets.length === 0);
  const isCut = analytics.length > 0 && mayEnd.every(({ hasMore }) => hasMore);
  return { isCut, warnings: [...holes(admin), ...(isCut ? [analyticsWords(analytics)] : [])] };
}

interface Ends {
  readonly page: Page;
  readonly first: string;
  readonly last: string;
}

function holes(pages: readonly Page[]): readonly string[] {
  const ordered = pages
    .flatMap((page) => endsOf(page))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.last < b.last ? -1 : 1));
  return ordered.flatMap(({ page, last }, index) => {
    const next = ordered[index + 1];
    if (!page.hasMore) return [];
    if (next === undefined) return [`${page.name}: more pages follow it; nothing is told from ${last} on`];
    return next.first > last
      ? [`${page.name}: the next page is missing; nothing is told from ${last} to ${next.first}`]
      : [];
  });
}

function endsOf(page: Page): readonly Ends[] {
  const [first] = page.buckets.map(({ from }) => from).sort();
  const last = page.buckets
    .map(({ until }) => until)
    .sort()
    .at(-1);
  return first === undefined || last === undefined ? [] : [{ page, first, last }];
}

function analyticsWords(pages: readonly Page[]): string {
  const names = [...new Set(pages.map(({ name }) => name))].join(", ");
  return `${names}: more pages follow, and rows of any of these times may be on them`;
}
