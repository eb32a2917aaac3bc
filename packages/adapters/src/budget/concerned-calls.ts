import { isLabelToken, matchModel, type Condition } from "@farthing/ledger";
import type { Labels } from "../capture/labels.ts";

/** What is known of a call before it is sent. */
export interface CallAhead {
  /** Models that it asks for; none where they are not known. */
  readonly models: readonly string[];
  /** Those of the call itself, and of the functions it is made in. */
  readonly labels: Labels;
}

/**
 * Whether a call may count toward a budget with these conditions. What is not known before an answer is there speaks
 * for it, so that no budget is passed unseen.
 *
 * @param clientLabels Those that every call has; null where they are not known.
 */
export function mayConcern(
  where: readonly Condition[],
  { models, labels }: CallAhead,
  clientLabels: Labels | null,
): boolean {
  return where.every(({ key, value }) => {
    if (key === "model") return models.length === 0 || models.some((model) => mayBeServedBy(model, value));
    if (!key.startsWith("label:")) return true;
    const name = key.slice("label:".length);
    const actual = valueOf(labels, name) ?? (clientLabels === null ? undefined : (valueOf(clientLabels, name) ?? null));
    if (actual === undefined) return true;
    // What a token stands for, only the ledger can tell.
    return value !== null && actual !== null && isLabelToken(value) ? true : actual === value;
  });
}

/** The models that a request asks for, or the requests of a batch. */
export function modelsOf(body: unknown): readonly string[] {
  if (!isObject(body)) return [];
  const { model, requests } = body;
  if (typeof model === "string") return [model];
  if (!Array.isArray(requests)) return [];
  return [...new Set(requests.flatMap((request: unknown) => (isObject(request) ? modelsOf(request["params"]) : [])))];
}

/** A model answers under a name of its own: without the date, with it, or that of another provider. */
function mayBeServedBy(requested: string, served: string | null): boolean {
  if (served === null) return false;
  const [one, other] = [matchModel(requested), matchModel(served)];
  return one === null || other === null || one.model === other.model;
}

function valueOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
