import { join } from "node:path";
import { InvalidSettingError, LedgerFormatError } from "../../errors.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { parseKey, type LedgerKey } from "../../privacy/ledger-key.ts";
import { createPseudonymizer, labelToken, type Pseudonymize } from "../../privacy/pseudonymize.ts";
import { readPersonalLabels } from "../../settings/read-settings.ts";
import type { FileSystem } from "./file-system.ts";
import { openKeyFile, readKeyFile } from "./key-file.ts";

export interface PersonalLabelsOptions {
  readonly fileSystem: FileSystem;
  /** Text of the key; null for the one in the ledger's folder. */
  readonly key: string | null;
  /** 32 random bytes, for a ledger that needs a key and has none. */
  readonly newKey: () => Uint8Array;
}

/** The labels of a ledger whose values are stored as tokens, and the key that makes them. */
export class PersonalLabels {
  readonly #root: string;
  readonly #options: PersonalLabelsOptions;
  readonly #givenKey: LedgerKey | null;
  #replace: Pseudonymize | null = null;

  /** @throws InvalidKeyError for a key that was given and is none. */
  constructor(root: string, options: PersonalLabelsOptions) {
    this.#root = root;
    this.#options = options;
    this.#givenKey = options.key === null ? null : parseKey(options.key);
  }

  /**
   * From now on these labels are personal; makes a key where one is needed.
   *
   * @throws LedgerFormatError for a damaged key, or a setting that names no labels: nothing may be recorded then.
   * @throws LedgerUnavailableError when the operating system refuses the key.
   */
  async use(setting: unknown): Promise<void> {
    const names = this.#read(setting);
    this.#replace = names.length === 0 ? null : createPseudonymizer(names, await this.openKey());
  }

  /**
   * The key that was given, or that of the ledger's folder, made where there is none.
   *
   * @throws LedgerFormatError for a damaged key.
   * @throws LedgerUnavailableError when the operating system refuses the key.
   */
  async openKey(): Promise<LedgerKey> {
    const { fileSystem, newKey } = this.#options;
    return this.#givenKey ?? openKeyFile(this.#root, fileSystem, newKey);
  }

  /** The event as it may be stored. */
  readonly pseudonymize = (event: LedgerEvent): LedgerEvent => (this.#replace === null ? event : this.#replace(event));

  /** See `Ledger.labelToken`; makes no key. */
  async tokenOf(setting: unknown, name: string, value: string): Promise<string | null> {
    if (!this.#read(setting).includes(name)) return value;
    const key = this.#givenKey ?? (await readKeyFile(this.#root, this.#options.fileSystem));
    return key === null ? null : labelToken(name, value, key);
  }

  #read(setting: unknown): readonly string[] {
    try {
      return readPersonalLabels(setting);
    } catch (error) {
      if (!(error instanceof InvalidSettingError)) throw error;
      throw new LedgerFormatError(join(this.#root, "ledger.json"), `${error.message}; correct it there`);
    }
  }
}
