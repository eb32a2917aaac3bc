import { importEvents, type ImportReport } from "@farthing/adapters/events";
import type { MemoryLedger } from "./memory-ledger.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size));
}

/** Imports a text as `events.ndjson`, in pieces of so many bytes. */
export function importNdjson(ledger: MemoryLedger, text: string, pieceBytes = 65_536): Promise<ImportReport> {
  return importEvents({ ledger, lines: pieces(Buffer.from(text), pieceBytes), name: "events.ndjson" });
}
