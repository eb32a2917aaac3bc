import { Conversation, planConversation } from "./conversation.ts";
import { Random } from "./random.ts";
import type { Turn } from "./turn.ts";
import { DAY, PERIOD } from "./workloads.ts";

/** As many processes wrote the ledger, each its own log. */
export const WRITERS = 4;

/** What a ledger is made from. Equal plans make equal ledgers, byte for byte. */
export interface LedgerPlan {
  readonly seed: number;
  /** Lines of all logs together. */
  readonly events: number;
}

/** How many lines of each kind a writer's log holds. */
export interface LineCounts {
  readonly originals: number;
  readonly duplicates: number;
  readonly corrections: number;
}

const DUPLICATE_SHARE = 0.01;
const CORRECTED_SHARE = 1 / 5_000;

export function lineCounts({ events }: LedgerPlan, writer: number): LineCounts {
  const lines = Math.floor(events / WRITERS) + (writer < events % WRITERS ? 1 : 0);
  const duplicates = Math.round(lines * DUPLICATE_SHARE);
  const corrections = Math.floor(lines * CORRECTED_SHARE);
  return { originals: lines - duplicates - corrections, duplicates, corrections };
}

/** The conversations of a writer, of which every request is in its log. */
export class WriterTraffic {
  readonly #seed: number;
  readonly writer: number;
  readonly conversations: number;
  readonly #requestsOfLast: number;

  constructor(plan: LedgerPlan, writer: number) {
    this.#seed = plan.seed;
    this.writer = writer;
    const { originals } = lineCounts(plan, writer);
    let count = 0;
    let left = originals;
    let requests = 0;
    while (left > 0) {
      ({ requests } = planConversation(plan.seed, writer, count));
      left -= requests;
      count += 1;
    }
    this.conversations = count;
    this.#requestsOfLast = requests + left;
  }

  requestsOf(number: number): number {
    const isLast = number === this.conversations - 1;
    return isLast ? this.#requestsOfLast : planConversation(this.#seed, this.writer, number).requests;
  }

  startOf(number: number): number {
    const share = (number + new Random(this.#seed, 500 + this.writer, number).next()) / this.conversations;
    const days = share * PERIOD.days;
    const hour = days - Math.floor(days);
    // Most of a day's traffic is in its middle.
    const warped = Math.floor(days) + hour + (0.6 * Math.sin(2 * Math.PI * hour)) / (2 * Math.PI);
    return PERIOD.start + Math.floor(warped * DAY);
  }

  begin(number: number): Conversation {
    const plan = planConversation(this.#seed, this.writer, number);
    return new Conversation(this.#seed, this.writer, number, this.startOf(number), plan);
  }

  /** One request of a conversation; those before it are gone through again. */
  turn(number: number, index: number): Turn {
    const conversation = this.begin(number);
    for (let before = 0; before < index; before += 1) conversation.next();
    return conversation.next();
  }
}
