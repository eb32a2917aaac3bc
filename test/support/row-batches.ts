import {
  buildRows,
  type ContextColumn,
  type ContextField,
  type RequestFailed,
  type RequestRows,
  type ResponseRecorded,
  type RowBatch,
  type RowContext,
} from "@farthing/ledger";

/** Where an event is put that does not count. */
export const DEAD = 7;
const BATCHES = 3;

/** Events as rows of several batches, by place; those that do not count are marked as dead. */
export function inBatches(
  events: readonly (ResponseRecorded | RequestFailed)[],
  places: readonly number[],
): RowBatch[] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const here = events.filter((_event, index) => (places[index] ?? 0) % BATCHES === batch);
    const deadIds = new Set(events.filter((_event, index) => places[index] === DEAD).map(({ id }) => id));
    const rows = buildRows(here);
    const dead = Uint8Array.from({ length: rows.count }, (_row, row) => Number(deadIds.has(rows.details().id(row))));
    return { key: null, rows: batch === BY_FIELD ? withColumns(rows) : rows, dead };
  });
}

/** The batch whose contexts can be read field by field, as those of files can. */
const BY_FIELD = 1;

function withColumns(rows: RequestRows): RequestRows {
  const entries = Array.from({ length: rows.contexts.length }, (_, index) => rows.contexts.at(index));
  const column = (field: ContextField): ContextColumn => {
    const values = entries.map((entry) => valueOf(entry, field));
    const texts = [...new Set(values)];
    return {
      numbers: Uint32Array.from(values, (value) => texts.indexOf(value)),
      value: (number) => texts[number] ?? null,
    };
  };
  return { ...rows, contexts: { ...rows.contexts, column } };
}

function valueOf({ context, labels, sources, workspace }: RowContext, field: ContextField): string | null {
  if (field === "workspace") return workspace;
  if (field === "sources") return JSON.stringify(sources);
  if (isLabel(field)) return new Map(Object.entries(labels)).get(field.slice("label:".length)) ?? null;
  return context[field];
}

function isLabel(field: ContextField): field is `label:${string}` {
  return field.startsWith("label:");
}
