/** Longer than any id of a model. */
const MODEL = /^(?:(?:[a-z]+(?:-[a-z]+)?\.)?anthropic\.)?claude[\w.:@[\]-]{0,160}$/i;

const ON_ANTHROPIC = /^anthropic$/;
const ON_BEDROCK = /^bedrock/;
const ON_VERTEX = /^vertex/;

/**
 * The id of a Claude model as the API, Bedrock or Vertex AI writes it; null for every other model, and for Claude where
 * somebody else sells it.
 *
 * A gateway writes `provider/model`, with a route or a region between them on Bedrock. A model on Vertex AI without a
 * version gets `@default`, by which the price book knows the platform.
 *
 * @param provider as the gateway names it apart from the model; null where it does not
 */
export function claudeModel(name: string, provider: string | null): string | null {
  const segments = name.split("/");
  const model = segments.at(-1) ?? "";
  const seller = provider ?? (segments.length > 1 ? (segments[0] ?? null) : null);
  if (!MODEL.test(model)) return null;
  if (seller === null || ON_ANTHROPIC.test(seller) || ON_BEDROCK.test(seller)) return model;
  if (!ON_VERTEX.test(seller)) return null;
  return model.includes("@") ? model : `${model}@default`;
}
