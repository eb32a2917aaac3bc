import { homedir } from "node:os";
import { join } from "node:path";

/** Where programs of this user keep what they can make again, and what they cannot. */
export interface UserFolders {
  readonly cache: string;
  readonly state: string;
}

/** The folders of this user, as the XDG Base Directory Specification has them. */
export function userFolders(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): UserFolders {
  const folder = (variable: string, ...names: readonly string[]): string => {
    const named = env[variable] ?? "";
    return join(named === "" ? join(home, ...names) : named, "farthing");
  };
  return { cache: folder("XDG_CACHE_HOME", ".cache"), state: folder("XDG_STATE_HOME", ".local", "state") };
}
