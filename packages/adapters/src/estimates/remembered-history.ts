import { canonicalJson, listPriceBook, type Condition } from "@farthing/ledger";
import { readHistory, type HistoryLedger, type RequestHistory } from "./request-history.ts";

/** What a ledger said is good for so long: requests of a workload are alike for longer. */
const REMEMBERED_MS = 60_000;
const QUESTIONS_MAX = 100;

interface Remembered {
  readonly at: number;
  readonly history: Promise<RequestHistory>;
}

const byLedger = new WeakMap<HistoryLedger, Map<string, Remembered>>();

/** What a ledger knows of requests of a model; nothing where there is no ledger, or it cannot be read. */
export async function rememberedHistory(
  ledger: HistoryLedger | null,
  model: string,
  where: readonly Condition[],
  now: number,
): Promise<RequestHistory> {
  if (ledger === null) return { requests: [], book: listPriceBook() };
  const questions = byLedger.get(ledger) ?? new Map<string, Remembered>();
  byLedger.set(ledger, questions);
  const question = canonicalJson([model, where]);
  const held = questions.get(question);
  if (held !== undefined && now - held.at < REMEMBERED_MS) return held.history;
  if (questions.size >= QUESTIONS_MAX) questions.clear();
  const history = readHistory(ledger, model, where).catch((): RequestHistory => {
    questions.delete(question);
    return { requests: [], book: listPriceBook() };
  });
  questions.set(question, { at: now, history });
  return history;
}
