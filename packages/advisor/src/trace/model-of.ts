import { matchModel, modelById, type Model } from "@farthing/ledger";

/** The catalogue's entry for a model id as served, decorations and all; null for one it does not hold. */
export function modelOf(id: string): Model | null {
  const match = matchModel(id);
  return match === null ? null : (modelById(match.model) ?? null);
}

/** The catalogue's id for a model id as served; one it does not hold, as it is. */
export function canonicalModel(id: string): string {
  return matchModel(id)?.model ?? id;
}
