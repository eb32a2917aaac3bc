import type { TaskThread, Threads } from "@farthing/ledger";
import { mergeAdvice, type PartialAdvice } from "../../portfolio/partial-advice.ts";
import type { Share } from "../../portfolio/share-groups.ts";
import { adviceQuestion, analysisOf, type Analysis, type AnalysisSubject } from "../../report/analysis.ts";
import { divideAnalysis, type AdviceTask } from "./advise-share.ts";

/** Who shares the replays of an analysis. */
export interface Sharing {
  /** How many work at once, this thread among them. */
  readonly workers: number;
  readonly threads: Pick<Threads, "start">;
  /** Hears that a share was not found by who was given it, and why; it is then found here. */
  readonly onLost: (why: string) => void;
}

/** The module of a thread, beside this one in whatever both were built into. */
const MODULE = new URL("advice-thread.js", import.meta.url);

/**
 * As `analyse`, with the replays divided among threads: the same analysis, however many there are and whatever becomes of
 * them.
 *
 * Threads read the requests for themselves, meanwhile. A share that one of them did not find, or found of other requests
 * than these, is found here.
 *
 * @param read Reads what `about` describes.
 */
export async function analyseInShares(
  read: () => Promise<AnalysisSubject>,
  about: AdviceTask["about"],
  { workers, threads, onLost }: Sharing,
): Promise<Analysis> {
  const [own = { number: 0, of: workers }, ...others] = Array.from({ length: workers }, (_, number): Share => ({
    number,
    of: workers,
  }));
  const helpers = others.map((share) => new Helper(threads, { about, share }));
  try {
    const subject = await read();
    const question = adviceQuestion(subject);
    const divided = divideAnalysis(subject, question, about);
    const parts = [divided.advise(own)];
    for (const [place, share] of others.entries()) {
      if (divided.isEmpty(share)) continue;
      const part = await helpers[place]?.part(divided.basis, onLost);
      parts.push(part ?? divided.advise(share));
    }
    return analysisOf(subject, question, mergeAdvice(parts));
  } finally {
    await Promise.all(helpers.map((helper) => helper.end()));
  }
}

type Answer = { readonly part: PartialAdvice | null } | { readonly lost: string };

/** A thread with one share to find. */
class Helper {
  readonly #thread: Promise<TaskThread | null>;
  readonly #answer: Promise<Answer>;

  constructor(threads: Sharing["threads"], task: AdviceTask) {
    this.#thread = threads.start(MODULE);
    // Nobody may be waiting yet when it fails.
    this.#answer = this.#ask(task).catch((error: unknown) => ({
      lost: error instanceof Error ? error.message : String(error),
    }));
  }

  async #ask(task: AdviceTask): Promise<Answer> {
    const thread = await this.#thread;
    // The module answers with nothing else.
    return { part: thread === null ? null : ((await thread.run(task, () => undefined)) as PartialAdvice) };
  }

  /** Null where there is none of the same basis. */
  async part(basis: string, onLost: (why: string) => void): Promise<PartialAdvice | null> {
    const answer = await this.#answer;
    if ("lost" in answer) onLost(answer.lost);
    else if (answer.part === null || answer.part.basis === basis) return answer.part;
    else onLost("it read other requests, or other prices, than were asked about");
    return null;
  }

  async end(): Promise<void> {
    const thread = await this.#thread.catch(() => null);
    await thread?.end();
  }
}
