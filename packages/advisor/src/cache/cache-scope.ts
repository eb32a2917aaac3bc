import { matchModel } from "@farthing/ledger";

/**
 * What shares a cache: the model without decorations, the speed it is served at, and whose traffic it is.
 *
 * That is a workspace's on the Claude API, on its platform on AWS and on Foundry, and the organisation's on Bedrock and
 * Vertex, which have no workspaces: a ledger's calls through one of these share one cache. Where a workspace was not
 * recorded, such calls are taken to be of one.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 *
 * @param model As served.
 * @param workspace Null where unknown.
 * @param speed As a usage says it.
 */
export function cacheScope(model: string, workspace: string | null, speed: string | null): string {
  const match = matchModel(model);
  const platform = match?.platform ?? "anthropic";
  const owner = platform === "anthropic" ? `workspace ${workspace ?? ""}` : platform;
  return `${match?.model ?? model}${speed === "fast" ? " fast" : ""} ${owner}`;
}
