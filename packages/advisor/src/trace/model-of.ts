import { matchModel, modelById, type Model } from "@farthing/ledger";

/** The catalogue's entry for a model id as served, decorations and all; null for one it does not hold. */
export function modelOf(id: string): Model | null {
  const match = matchModel(id);
  return match === null ? null : (modelById(match.model) ?? null);
}
