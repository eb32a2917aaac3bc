import type { Account, RequestFailed, ResponseRecorded } from "@farthing/ledger";

/** An account of these responses and failures and nothing else, in the order of an account. */
export function anAccount(responses: readonly ResponseRecorded[], failures: readonly RequestFailed[] = []): Account {
  return {
    responses: inOrder(responses),
    failures: inOrder(failures),
    priceSets: [],
    rollups: [],
    others: [],
    corrected: [],
    conflicts: [],
    unknownTypes: new Map(),
  };
}

function inOrder<T extends { readonly occurredAt: string; readonly id: string }>(events: readonly T[]): T[] {
  const key = ({ occurredAt, id }: T): string => `${occurredAt} ${id}`;
  return [...events].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
