import { InvalidSettingError } from "@farthing/ledger";

/** Why a value was refused, for whoever knows it by another name than the setting's. Throws errors of anything else. */
export function withoutSetting(error: unknown): string {
  if (!(error instanceof InvalidSettingError)) throw error;
  const name = `setting ${error.setting}: `;
  return error.message.startsWith(name) ? error.message.slice(name.length) : error.message;
}
