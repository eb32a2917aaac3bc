import type { FileSystem } from "../store/file/file-system.ts";
import type { Processes } from "../store/file/processes.ts";

/** How a try to forward what is new ended. */
export interface Tried {
  /** Why it failed; null where everything that there was is forwarded. */
  readonly error: unknown;
  /** In how many milliseconds the next one begins. */
  readonly nextMs: number;
}

export interface ForwardOptions {
  /** How long to wait before looking for new events, in milliseconds. Default: 1000. */
  readonly pollMs?: number;
  /**
   * How many bytes the segments of the folder may take together. Default: 1,073,741,824 (1 GiB).
   *
   * Where they take more after a pass, or after one that failed, which is at most a minute later, the oldest go: first
   * those of which every line is in each shared ledger that the folder is forwarded to, and where that is not enough,
   * those that hold lines which are not: of a database that answers, after it was offered them. Of these an
   * `EventsDropped` event says how many they were, and of how many tokens; it is forwarded like any event. What was sent
   * without an answer is counted there, too.
   *
   * While a pass sends much, what was forwarded goes every second. More may be recorded meanwhile than it sends: where the
   * segments take more for a minute on end for that reason, the oldest that was not sent goes as well, and is counted so.
   *
   * The newest two segments of each log that a process appends to stay, as do damaged ones and the sums of a prune. A container
   * that was killed counts as one that appends for ten minutes. A folder that was a ledger of its own is left alone while nothing of it was ever forwarded, and until all of
   * it was forwarded once, nothing is lost. One that `openLedger` made as the outbox of a shared ledger is kept within the bound from the start.
   */
  readonly maxBytes?: number;
  /**
   * Whether a folder that was pruned before it was ever forwarded to this ledger is sent, with the sums that stand in the
   * place of detail. Right only where no other host records the same requests: which ones are in a sum is not sent, and
   * they would count twice. Default: false, so that such a folder is refused. One that has been forwarded there needs it
   * no more.
   */
  readonly withSums?: boolean;
  /**
   * Hears why events are not forwarded yet; they stay where they are and are tried again. Without it, a line on
   * standard error says so, and at most one a minute after it.
   */
  readonly onError?: (error: unknown) => void;
  /** Hears how each try of this process ended. What it throws is ignored. */
  readonly onTried?: (tried: Tried) => void;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
  /** Names the machine to whoever asks which hosts are behind. Default: its host name. */
  readonly host?: string;
}

/** A ledger's folder whose events go to a shared ledger, in the background. */
export interface Forwarding extends AsyncDisposable {
  /**
   * Resolves when everything recorded until now is forwarded, by this process or the one that forwards the folder.
   *
   * @throws LedgerUnavailableError, LedgerNotFoundError, LedgerFormatError when that is not possible now.
   */
  flush(): Promise<void>;
  /** Stops, after one more try at forwarding the rest, or two where the first fails, given up after `waitMs`. Default: 5000. */
  close(waitMs?: number): Promise<void>;
}

/** A listener whose own failure stops nobody. */
export function quietly<T>(listener: (told: T) => void = () => undefined): (told: T) => void {
  return (told) => {
    try {
      listener(told);
    } catch {
      // There is nobody left to tell.
    }
  };
}
