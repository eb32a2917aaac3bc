import { crc32 } from "node:zlib";

/** A column of numbers of a state. */
export type StateTable = Int32Array | Uint32Array | Float64Array | Uint8Array;

/** A state as it is stored: what is small as JSON, the rest as numbers. */
export interface StateParts {
  readonly json: unknown;
  readonly tables: Readonly<Record<string, StateTable>>;
}

interface Header {
  readonly json: unknown;
  readonly tables: readonly (readonly [name: string, kind: Kind, count: number])[];
}

const KINDS = { i32: Int32Array, u32: Uint32Array, f64: Float64Array, u8: Uint8Array } as const;
type Kind = keyof typeof KINDS;

const MAGIC = 0x4b434346;
/** Raised when the layout changes; files of another are rebuilt. */
const FORMAT = 1;
/** Magic, format, checksum of all that follows, length of the header. */
const PREFIX_BYTES = 16;
const ALIGNMENT = 8;

/**
 * A state as bytes: JSON, then the tables in the machine's byte order, under one checksum.
 *
 * @returns The bytes in pieces, of which those of the tables are the tables' own.
 */
export function encodeState({ json, tables }: StateParts): readonly Uint8Array[] {
  const entries = Object.entries(tables);
  const header: Header = { json, tables: entries.map(([name, table]) => [name, kindOf(table), table.length]) };
  const headerBytes = Buffer.from(JSON.stringify(header), "utf8");
  const first = new Uint8Array(aligned(PREFIX_BYTES + headerBytes.length));
  first.set(headerBytes, PREFIX_BYTES);
  // In the machine's order, as the tables: a machine of another order reads no magic, and rebuilds.
  const prefix = new Uint32Array(first.buffer, 0, PREFIX_BYTES / 4);
  prefix.set([MAGIC, FORMAT, 0, headerBytes.length]);
  const pieces = entries.flatMap(([, { buffer, byteOffset, byteLength }]) => [
    new Uint8Array(buffer, byteOffset, byteLength),
    new Uint8Array(aligned(byteLength) - byteLength),
  ]);
  // Where there is nothing to add, `crc32` forgets what it was given before.
  const rest = pieces.filter(({ length }) => length > 0);
  prefix[2] = rest.reduce((crc, bytes) => crc32(bytes, crc), crcOf(first));
  return [first, ...rest];
}

/** Reads what `encodeState` wrote; null for anything else. */
export function decodeState(source: Uint8Array): StateParts | null {
  if (source.length < PREFIX_BYTES) return null;
  // Tables are views into the bytes, which have to begin where numbers may.
  const bytes = source.byteOffset % ALIGNMENT === 0 ? source : source.slice();
  const [magic, format, checksum, headerLength = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
  if (magic !== MAGIC || format !== FORMAT || checksum !== crcOf(bytes)) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + PREFIX_BYTES, headerLength).toString("utf8");
  // The checksum holds, so this is what `encodeState` wrote.
  const header = JSON.parse(text) as Header;
  const tables: Record<string, StateTable> = {};
  let start = aligned(PREFIX_BYTES + headerLength);
  for (const [name, kind, count] of header.tables) {
    const table = new KINDS[kind](bytes.buffer as ArrayBuffer, bytes.byteOffset + start, count);
    tables[name] = table;
    start = aligned(start + table.byteLength);
  }
  return { json: header.json, tables };
}

/** Of all that follows the checksum. */
function crcOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(12));
}

function kindOf(table: StateTable): Kind {
  if (table instanceof Int32Array) return "i32";
  if (table instanceof Uint32Array) return "u32";
  return table instanceof Float64Array ? "f64" : "u8";
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
