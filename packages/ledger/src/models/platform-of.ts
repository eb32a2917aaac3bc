import { matchModelAmong, type ModelMatch } from "./match-model.ts";

/** The names of a request's model: as it was asked for, and as it answered. */
interface RequestModels {
  readonly requestedModel: string | null;
  readonly servedModel: string | null;
}

/**
 * Where a request was sent, as far as the ids of its models tell; Foundry's are those of Anthropic.
 *
 * A cloud may name the model that answered as Anthropic does; then the id that was asked for tells.
 */
export function platformOf({ requestedModel, servedModel }: RequestModels): ModelMatch["platform"] {
  const [served, requested] = [platformNamedBy(servedModel), platformNamedBy(requestedModel)];
  return served === "anthropic" ? requested : served;
}

/** By the form of an id alone, so that it is told of models without a price too. */
function platformNamedBy(id: string | null): ModelMatch["platform"] {
  return (id === null ? null : matchModelAmong(id, (name) => name))?.platform ?? "anthropic";
}
