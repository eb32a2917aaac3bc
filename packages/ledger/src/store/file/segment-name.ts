const NAME = /^([0-9a-z]+)-(\d{8})\.ndjson$/;

/** The file name of a writer's segment; segments count from 1. */
export function segmentName(writer: string, segment: number): string {
  return `${writer}-${String(segment).padStart(8, "0")}.ndjson`;
}

/** The writer and the number that a file name says; null for a name that is no segment's. */
export function segmentOfName(name: string): { readonly writer: string; readonly segment: number } | null {
  const [, writer, number] = NAME.exec(name) ?? [];
  return writer === undefined ? null : { writer, segment: Number(number) };
}
