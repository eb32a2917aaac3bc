import { join } from "node:path";
import { LedgerFormatError } from "../../errors.ts";
import { openDocument, type Document } from "./document.ts";
import type { FileSystem } from "./file-system.ts";
import { systemCode, unavailable } from "./unavailable.ts";

/** What `ledger.json` says. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  /** Names the ledger wherever it is copied to. */
  readonly id: string;
  /** Checked by whoever uses them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const MANIFEST_NAME = "ledger.json";

/** Held while the manifest is made or changed. */
export const MANIFEST_LOCK = "ledger.json.lock";

/** Held by the one process that may append, on a file system that other machines can reach. */
export const NETWORK_LOCK = "writer.lock";

/** Held while the copy of a ledger in a database is being written. */
export const REPLICA_LOCK = "replica.lock";

/** Says how far the copy of a ledger in a database is; no other folder has it. */
export const REPLICA_STATE = "replica.json";

/** Says that a folder was made to hold what waits for a ledger in a database, and was no ledger of its own before. */
export const OUTBOX_MARK = "outbox.json";

export interface OpenedFolder {
  readonly manifest: Document<Manifest> | null;
  readonly isReplica: boolean;
}

const FORMAT = "farthing-ledger";
const FORMAT_VERSION = 1;

/**
 * Opens the manifest in a ledger's folder; null where a ledger could be made: in an empty folder, or where there is none.
 *
 * @throws LedgerFormatError for a folder that holds other things, or a ledger this release cannot read.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function openManifest(root: string, fileSystem: FileSystem): Promise<Document<Manifest> | null> {
  return (await openFolder(root, fileSystem)).manifest;
}

/** As `openManifest`, and whether the folder is the copy of a ledger in a database. */
export async function openFolder(root: string, fileSystem: FileSystem): Promise<OpenedFolder> {
  const names = await namesIn(root, fileSystem);
  const isReplica = names.includes(REPLICA_STATE);
  if (names.includes(MANIFEST_NAME)) return { manifest: await openManifestFile(root, fileSystem, ""), isReplica };
  if (names.every(isLeftover)) return { manifest: null, isReplica };
  throw new LedgerFormatError(root, `is not a ledger: it has no ${MANIFEST_NAME}; name the folder of a ledger`);
}

/** Makes the manifest of a new ledger. */
export async function createManifest(root: string, fileSystem: FileSystem, id: string): Promise<Document<Manifest>> {
  const document = await openManifestFile(root, fileSystem, id);
  await document.write(document.data);
  return document;
}

function openManifestFile(root: string, fileSystem: FileSystem, newId: string): Promise<Document<Manifest>> {
  const path = join(root, MANIFEST_NAME);
  const initial: Manifest = { format: FORMAT, version: FORMAT_VERSION, id: newId, settings: {} };
  return openDocument<Manifest>(path, initial, { fileSystem, check: (json) => readManifest(path, json) });
}

function readManifest(path: string, json: unknown): Manifest {
  if (!isObject(json) || json["format"] !== FORMAT) {
    throw new LedgerFormatError(path, "is not the manifest of a ledger; name the folder of a ledger");
  }
  const { version, id, settings } = json;
  if (typeof version === "number" && version > FORMAT_VERSION) {
    const versions = `its format is version ${String(version)}, this release reads up to ${String(FORMAT_VERSION)}`;
    throw new LedgerFormatError(path, `was written by a newer release: ${versions}; update farthing`);
  }
  if (version !== FORMAT_VERSION || typeof id !== "string" || !isObject(settings)) {
    throw new LedgerFormatError(path, "is damaged (version, id or settings are wrong); restore it from a copy");
  }
  return { ...json, format: FORMAT, version, id, settings };
}

async function namesIn(root: string, fileSystem: FileSystem): Promise<readonly string[]> {
  try {
    return await fileSystem.list(root);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") throw new LedgerFormatError(root, "is a file, not the folder of a ledger");
    throw unavailable(root, error);
  }
}

/** Whether a file can lie in a folder in which making a ledger was interrupted. */
function isLeftover(name: string): boolean {
  return (
    [NETWORK_LOCK, REPLICA_LOCK, REPLICA_STATE, OUTBOX_MARK].some((lock) => name.startsWith(lock)) ||
    name.startsWith(`${MANIFEST_NAME}.`)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
