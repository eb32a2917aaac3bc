import { correctionText, eventText, type Sighting } from "./event-text.ts";
import type { Conversation } from "./conversation.ts";
import { LogWriter } from "./log-writer.ts";
import { countTurn, newOracle, type Oracle } from "./oracle.ts";
import { Random } from "./random.ts";
import { TimeQueue } from "./time-queue.ts";
import { lineCounts, WRITERS, WriterTraffic, type LedgerPlan } from "./traffic.ts";
import { eventId, type Turn } from "./turn.ts";
import { DAY, PERIOD } from "./workloads.ts";

const LATE_SHARE = 0.01;
const LATE_DAYS_MAX = 30;

/** Of a log, what those who made it know. */
export interface LogFacts {
  readonly oracle: Oracle;
  /** Ids of responses whose final counts disagree. */
  readonly conflicting: readonly string[];
  readonly corrected: readonly string[];
  readonly bytes: number;
  /** Lines by their length in steps of 64 bytes. */
  readonly lengths: Readonly<Record<number, number>>;
}

/** A request waiting to be recorded. */
type Waiting =
  | {
      readonly kind: "first";
      readonly turn: Turn;
      readonly conversation: Conversation;
      readonly key: string;
      readonly left: number;
    }
  | { readonly kind: "late"; readonly turn: Turn }
  | { readonly kind: "duplicate"; readonly place: Place; readonly sighting: Sighting }
  | { readonly kind: "correction"; readonly place: Place };

interface Place {
  readonly traffic: WriterTraffic;
  readonly number: number;
  readonly index: number;
}

/** Writes one writer's log into a folder of segments. */
export function writeLog(plan: LedgerPlan, writer: number, folder: string): LogFacts {
  const traffic = Array.from({ length: WRITERS }, (_, index) => new WriterTraffic(plan, index));
  const own = traffic[writer];
  if (own === undefined) throw new RangeError(`there are ${String(WRITERS)} writers`);
  const random = new Random(plan.seed, 900 + writer, plan.events);
  const queue = new TimeQueue<Waiting>();
  const log = new LogWriter(folder, writerName(plan, writer));
  const oracle = newOracle();
  const lengths: Record<number, number> = {};
  const conflicting = planDuplicates(plan, writer, traffic, random, queue);
  const corrected = planCorrections(plan, own, random, queue);
  let bytes = 0;
  const record = (event: string, at: number): void => {
    const length = log.append(event, at);
    bytes += length;
    lengths[Math.floor(length / 64)] = (lengths[Math.floor(length / 64)] ?? 0) + 1;
  };
  const push = (conversation: Conversation, number: number, index: number, left: number): void => {
    const turn = conversation.next();
    queue.add(turn.occurredAt, { kind: "first", turn, conversation, key: `${String(number)}/${String(index)}`, left });
  };
  for (let number = 0; ;) {
    while (number < own.conversations && own.startOf(number) <= queue.nextTime) {
      push(own.begin(number), number, 0, own.requestsOf(number) - 1);
      number += 1;
    }
    const time = queue.nextTime;
    const waiting = queue.take();
    if (waiting === undefined) break;
    switch (waiting.kind) {
      case "first": {
        const { turn, conversation, key, left } = waiting;
        if (corrected.has(key)) oracle.totals.corrected += 1;
        else countTurn(oracle, turn);
        if (random.chance(LATE_SHARE)) queue.add(arrival(random, turn), { kind: "late", turn });
        else record(eventText(turn, "original"), time);
        const [from = "", index = ""] = key.split("/");
        if (left > 0) push(conversation, Number(from), Number(index) + 1, left - 1);
        break;
      }
      case "late":
        record(eventText(waiting.turn, "original"), time);
        break;
      case "duplicate":
        record(eventText(turnAt(waiting.place), waiting.sighting), time);
        break;
      case "correction":
        record(correctionText(turnAt(waiting.place)), time);
    }
  }
  log.seal();
  return { oracle, conflicting, corrected: [...corrected.values()], bytes, lengths };
}

/** Twelve hexadecimal digits, of which the last is the writer's number. */
function writerName({ seed }: LedgerPlan, writer: number): string {
  return `be${(seed >>> 0).toString(16).padStart(8, "0")}0${String(writer)}`;
}

/** Requests that are recorded again, by the same writer or another one; returns the ids that then conflict. */
function planDuplicates(
  plan: LedgerPlan,
  writer: number,
  all: readonly WriterTraffic[],
  random: Random,
  queue: TimeQueue<Waiting>,
): string[] {
  const conflicting: string[] = [];
  for (let left = lineCounts(plan, writer).duplicates; left > 0; left -= 1) {
    const source = all[random.chance(0.4) ? writer : random.between(0, WRITERS - 1)] ?? all[writer];
    if (source === undefined) break;
    const place = somewhere(source, random);
    const turn = turnAt(place);
    const sighting = sightingOf(random.next());
    if (sighting === "conflicting" && turn.fate === "completed") conflicting.push(eventId(turn));
    const delay = random.chance(0.8) ? random.wait(20_000) : random.between(0, 2 * DAY);
    queue.add(turn.occurredAt + delay, { kind: "duplicate", place, sighting });
  }
  return conflicting;
}

/** Requests taken back by an event of their own writer: their ids by conversation and index. */
function planCorrections(
  plan: LedgerPlan,
  own: WriterTraffic,
  random: Random,
  queue: TimeQueue<Waiting>,
): ReadonlyMap<string, string> {
  const corrected = new Map<string, string>();
  for (let left = lineCounts(plan, own.writer).corrections; left > 0; left -= 1) {
    const place = somewhere(own, random);
    const turn = turnAt(place);
    corrected.set(`${String(place.number)}/${String(place.index)}`, eventId(turn));
    queue.add(turn.occurredAt + DAY, { kind: "correction", place });
  }
  return corrected;
}

function somewhere(traffic: WriterTraffic, random: Random): Place {
  const number = random.between(0, traffic.conversations - 1);
  return { traffic, number, index: random.between(0, traffic.requestsOf(number) - 1) };
}

function turnAt({ traffic, number, index }: Place): Turn {
  return traffic.turn(number, index);
}

function sightingOf(draw: number): Sighting {
  if (draw < 0.45) return "again";
  if (draw < 0.75) return "gateway";
  return draw < 0.95 ? "placeholder" : "conflicting";
}

/** Some time in the next days, but not after the period: the ledger is complete then. */
function arrival(random: Random, turn: Turn): number {
  const late = turn.occurredAt + random.between(1_000, LATE_DAYS_MAX * DAY);
  return Math.max(turn.occurredAt + 1_000, Math.min(late, PERIOD.start + PERIOD.days * DAY));
}
