import type { PromptStructures } from "./prompt-structure.ts";
import { KnownSites } from "./known-sites.ts";
import type { RecordedCall } from "./recorded-call.ts";

/** Calls of one service. */
export interface ServiceCalls {
  readonly service: string;
  /** Places in `calls`, in order. */
  readonly members: readonly number[];
  /** All calls, in order of their start. */
  readonly calls: readonly RecordedCall[];
  /** By place, the first call of its conversation. */
  readonly firstOf: Uint32Array;
}

/**
 * Names the workloads of a service by its call sites: for each member `service file:line`, or the service's name alone
 * where there are no two call sites to tell apart.
 *
 * A call site is recorded with the first call of a kind. Those after it are known by their structure: the same tools and
 * system prompt, else the same kind. What one such structure, or one conversation, has in common cannot be told apart,
 * and is one workload, named after the call site that was seen first. The service's name is left for what was never seen
 * with a call site.
 */
export function callSiteWorkloads(of: ServiceCalls, structures: PromptStructures): readonly string[] {
  const { service, members, calls, firstOf } = of;
  const sites = new KnownSites(members.map((index) => calls[index]));
  const own = members.map((index) => sites.numberOf(calls[index]));
  const onlyService = members.map(() => service);
  if (sites.count < 2) return onlyService;
  const spread = [...own];
  // Where every call has its own there is nothing to spread, and no prompt to read.
  if (own.includes(null)) {
    const texts = members.map((index) => structuresOf(calls[index], structures));
    spreadAmong(
      spread,
      texts.map(({ exact }) => exact),
      sites,
    );
    spreadAmong(
      spread,
      texts.map(({ kind }) => kind),
      sites,
    );
  }
  spreadAmong(
    spread,
    members.map((index) => firstOf[index] ?? index),
    sites,
    true,
  );
  const joined = spread.map((site) => (site === null ? null : sites.firstJoinedTo(site)));
  if (new Set(joined.filter((site) => site !== null)).size < 2) return onlyService;
  return joined.map((site) => (site === null ? service : `${service} ${sites.nameOf(site)}`));
}

/**
 * Gives a site to each member that has none, from those of its group that have one. The sites of a group become one
 * where they cannot be told apart in it: where some member had none, or else where told so.
 */
function spreadAmong(
  spread: (number | null)[],
  groups: readonly (string | number | null)[],
  sites: KnownSites,
  joinsAll = false,
): void {
  const siteless = new Set<string | number>();
  for (const [place, group] of groups.entries()) if (group !== null && spread[place] === null) siteless.add(group);
  const siteOf = new Map<string | number, number>();
  for (const [place, group] of groups.entries()) {
    const site = spread[place] ?? null;
    if (group === null || site === null || !(joinsAll || siteless.has(group))) continue;
    const known = siteOf.get(group);
    if (known === undefined) siteOf.set(group, site);
    else sites.join(known, site);
  }
  for (const [place, group] of groups.entries()) {
    if (group !== null && spread[place] === null) spread[place] = siteOf.get(group) ?? null;
  }
}

/** By what calls are told apart: all of what a program writes once, or what makes a kind to whoever records call sites. */
function structuresOf(
  call: RecordedCall | undefined,
  structures: PromptStructures,
): { readonly exact: string | null; readonly kind: string | null } {
  if (call === undefined) return { exact: null, kind: null };
  const { head, opening, tools } = structures.of(call);
  const { maxTokens = null, stream = null } = call.shape ?? {};
  const asked = [call.cacheKey, maxTokens, stream, tools].join("\n");
  return { exact: head === null ? null : `${asked}\n${head}`, kind: `${asked}\n${opening ?? ""}` };
}
