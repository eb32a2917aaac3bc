import type { Arrival } from "./arrivals.ts";
import { arrivalsOf, NOW } from "./arrivals.ts";
import { BlockMaker } from "./block-maker.ts";
import { seededRandom, type Random } from "./chance.ts";
import { frontOf } from "./front.ts";
import type { Knobs, Span } from "./knobs.ts";
import { withMishaps } from "./mishaps.ts";
import { answerTimes, tokensOf, type TrueBlock, type TrueBreakpoint, type TrueRequest } from "./true-request.ts";

/** Of the call of a tool, and of its result. */
const CALL_TOKENS = 40;

/** Everything that a service sends, in no particular order. The same seed gives the same traffic. */
export function generate(knobs: Knobs, seed: number): readonly TrueRequest[] {
  const random = seededRandom(seed, knobs.service);
  const blocks = new BlockMaker(seed, knobs.estimateError);
  return arrivalsOf(knobs, random).flatMap((arrival, index) =>
    new ConversationMaker(knobs, blocks, random, `${knobs.service}-${String(index)}`).requests(arrival),
  );
}

/** Sends the turns of one conversation one after another, each with all that was said before. */
class ConversationMaker {
  readonly #knobs: Knobs;
  readonly #blocks: BlockMaker;
  readonly #random: Random;
  readonly #session: string;
  readonly #history: TrueBlock[] = [];

  constructor(knobs: Knobs, blocks: BlockMaker, random: Random, session: string) {
    this.#knobs = knobs;
    this.#blocks = blocks;
    this.#random = random;
    this.#session = session;
  }

  requests({ at, burst }: Arrival): TrueRequest[] {
    const { turns, imageShare } = this.#knobs;
    const requests: TrueRequest[] = [];
    const count = this.#random.between(...turns);
    const imageTurn = this.#random.chance(imageShare) ? this.#random.between(0, count - 1) : -1;
    let startedAt = at;
    for (let turn = 0; turn < count; turn += 1) {
      this.#ask(turn, turn === imageTurn);
      const sent = withMishaps(this.#request(turn, startedAt, burst), this.#knobs, this.#random);
      requests.push(...sent);
      const last = sent.find(({ needless }) => needless === null) ?? sent[0];
      if (last === undefined) break;
      this.#answer(turn, last);
      startedAt = Math.max(...sent.map(({ completedAt }) => completedAt)) + this.#pauseMs();
    }
    return requests.filter(({ completedAt }) => completedAt < NOW);
  }

  #ask(turn: number, withImage: boolean): void {
    const { firstMessageTokens, messageTokens, blocksPerTurn, documents } = this.#knobs;
    if (turn === 0 && documents > 0) this.#history.push(this.#document());
    const tokens = this.#random.between(...(turn === 0 ? firstMessageTokens : messageTokens));
    const count = this.#random.between(...blocksPerTurn);
    for (let part = 0; part < count; part += 1) {
      this.#say(`${String(turn)}/asked-${String(part)}`, "user.text", Math.ceil(tokens / count), "asked");
    }
    // Where some of the tools are called, a conversation begins with what one of them found.
    const { tools, unusedTools } = this.#knobs;
    if (turn === 0 && tools > unusedTools) {
      this.#say("0/call", "assistant.tool_use", CALL_TOKENS, "asked");
      this.#say("0/result", "user.tool_result", CALL_TOKENS, "asked");
    }
    if (withImage) this.#say(`${String(turn)}/image`, "user.image", this.#random.between(200, 1_500), "asked");
  }

  /** A document that other conversations begin with too. */
  #document(): TrueBlock {
    const { front, documents, documentTokens } = this.#knobs;
    const id = `${front}/document-${String(this.#random.between(1, documents))}`;
    return this.#blocks.make({ section: "messages", kind: "user.text", id, tokens: documentTokens, role: "static" });
  }

  #answer(turn: number, { outputTokens, thinkingTokens }: TrueRequest): void {
    if (thinkingTokens > 0) this.#say(`${String(turn)}/thought`, "assistant.thinking", thinkingTokens, "answer");
    this.#say(`${String(turn)}/answer`, "assistant.text", Math.max(1, outputTokens - thinkingTokens), "answer");
  }

  #say(name: string, kind: string, tokens: number, role: TrueBlock["role"]): void {
    this.#history.push(this.#blocks.make({ section: "messages", kind, id: `${this.#session}/${name}`, tokens, role }));
  }

  #request(turn: number, startedAt: number, burst: string | null): TrueRequest {
    const { service, model, speed, geo, tier, stream, thinking, outputFormat, maxTokens, webSearches } = this.#knobs;
    const random = this.#random;
    const front = frontOf(this.#knobs, this.#blocks, random, startedAt);
    const blocks = [...front, ...this.#history];
    const thought = thinking === "adaptive" ? spread(random, this.#knobs.thinkingTokens) : 0;
    const answer = spread(random, this.#knobs.answerTokens);
    const refused = random.chance(this.#knobs.refusedShare);
    return {
      id: `${this.#session}/${String(turn)}`,
      service,
      session: this.#session,
      workspace: "wrkspc_self_test",
      model,
      speed,
      geo,
      tier,
      ...answerTimes(startedAt, tokensOf(blocks), thought + answer),
      blocks,
      breakpoints: breakpointsOf(this.#knobs, front.length, blocks.length),
      maxTokens,
      thinking,
      effort: random.chance(this.#knobs.otherEffortShare) ? "high" : this.#knobs.effort,
      toolChoice: random.chance(this.#knobs.otherChoiceShare) ? "any" : this.#knobs.toolChoice,
      outputFormat,
      stream,
      outputTokens: thought + answer,
      thinkingTokens: thought,
      stopReason: "end_turn",
      webSearches,
      attempt: refused ? 1 : 0,
      completed: true,
      needless: null,
      burst,
    };
  }

  #pauseMs(): number {
    const { pauseSeconds, longPauseSeconds, longPauseShare } = this.#knobs;
    const long = longPauseShare > 0 && this.#random.chance(longPauseShare);
    return this.#random.between(...(long ? longPauseSeconds : pauseSeconds)) * 1000;
  }
}

function breakpointsOf(knobs: Knobs, front: number, all: number): readonly TrueBreakpoint[] {
  const { breakpoints, frontTtl, endTtl } = knobs;
  const marks: TrueBreakpoint[] = [];
  if (breakpoints.startsWith("front") && front > 0) marks.push({ block: front - 1, ttl: frontTtl });
  if (breakpoints.endsWith("end")) marks.push({ block: all - 1, ttl: endTtl });
  return marks;
}

/** A length from a span of which short ones are as likely as ones of several times their length. */
function spread(random: Random, [from, to]: Span): number {
  return Math.round(Math.exp(Math.log(from) + random.next() * Math.log(to / from)));
}
