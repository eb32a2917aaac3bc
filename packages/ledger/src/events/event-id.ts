import { v7 } from "uuid";

/** What is known of the identity of a fact; null where it is not. */
export interface EventIdentity {
  readonly message?: string | null;
  readonly batch?: string | null;
  readonly custom?: string | null;
  readonly request?: string | null;
}

/**
 * The id of an event, from the surest name the API gave the fact, so that it is the same wherever the fact is seen.
 *
 * `msg:<message id>`, else `batch:<batch id>/<custom id>`, else `req:<request id>`. A fact without a name of its
 * own gets a new UUID, and cannot be recognised when it is seen again.
 */
export function eventIdOf(identity: EventIdentity, newUuid: () => string = v7): string {
  const { message, batch, custom, request } = identity;
  if (isName(message)) return `msg:${message}`;
  if (isName(batch) && isName(custom)) return `batch:${batch}/${custom}`;
  if (isName(request)) return `req:${request}`;
  return newUuid();
}

function isName(text: string | null | undefined): text is string {
  return text !== undefined && text !== null && text !== "";
}
