/** From and to, both inclusive. */
export type Span = readonly [from: number, to: number];

/** What one invented service does, and how it is recorded. */
export interface Knobs {
  readonly service: string;
  readonly days: number;
  /** When conversations begin. `fan-out`: so many at once, `perDay` times a day. */
  readonly arrival: "steady" | "office-hours" | "nightly" | "fan-out";
  readonly perDay: number;
  readonly burst: Span;

  readonly turns: Span;
  /** Between an answer and the next request of its conversation, in seconds. */
  readonly pauseSeconds: Span;
  readonly longPauseSeconds: Span;
  readonly longPauseShare: number;

  /** Whose tools and system prompt it begins with: services that name the same one share them. */
  readonly front: string;
  readonly systemTokens: number;
  readonly systemBlocks: number;
  readonly tools: number;
  readonly toolTokens: number;
  /** How many of the tools are never called. */
  readonly unusedTools: number;
  /** What changes at the beginning of every prompt. */
  readonly unstable: "nothing" | "timestamp" | "tool-order";
  readonly firstMessageTokens: Span;
  readonly messageTokens: Span;
  readonly blocksPerTurn: Span;
  /** How many documents there are, of which every conversation begins with one; none: 0. */
  readonly documents: number;
  readonly documentTokens: number;
  /** Share of conversations in which an image is sent. */
  readonly imageShare: number;

  /** Where `cache_control` is. */
  readonly breakpoints: "none" | "front" | "end" | "front-and-end";
  readonly frontTtl: "5m" | "1h";
  readonly endTtl: "5m" | "1h";

  readonly model: string;
  readonly speed: "standard" | "fast";
  readonly geo: "global" | "us";
  readonly tier: "standard" | "batch";
  readonly stream: boolean;
  readonly thinking: "adaptive" | "disabled" | null;
  readonly effort: string | null;
  readonly toolChoice: "auto" | "any" | "none";
  readonly outputFormat: string | null;
  /** Shares of requests that are sent otherwise than the rest of their conversation. */
  readonly otherEffortShare: number;
  readonly otherChoiceShare: number;

  readonly answerTokens: Span;
  readonly thinkingTokens: Span;
  readonly maxTokens: number;
  /** Searches an answer makes, of which nobody uses the result. */
  readonly webSearches: number;

  /** Shares of requests that are sent again, left by their reader, left and sent again, refused and sent again. */
  readonly duplicateShare: number;
  readonly abandonedShare: number;
  readonly retriedShare: number;
  readonly refusedShare: number;

  readonly missRate: number;

  readonly fingerprints: boolean;
  readonly sessions: boolean;
  /** Under how many keys prompts are fingerprinted. */
  readonly keys: number;
  /** Deviation of the logarithm of a block's estimated length. */
  readonly estimateError: number;
}

/** A service that does nothing wrong: conversations with short pauses, cached for five minutes, on a cheap newest model. */
export const SOUND: Knobs = {
  service: "assistant",
  days: 14,
  arrival: "office-hours",
  perDay: 12,
  burst: [1, 1],
  turns: [3, 7],
  pauseSeconds: [10, 150],
  longPauseSeconds: [400, 3_000],
  longPauseShare: 0,
  front: "assistant",
  systemTokens: 6_000,
  systemBlocks: 2,
  tools: 5,
  toolTokens: 300,
  unusedTools: 0,
  unstable: "nothing",
  firstMessageTokens: [300, 2_000],
  messageTokens: [60, 900],
  blocksPerTurn: [1, 3],
  documents: 0,
  documentTokens: 8_000,
  imageShare: 0,
  breakpoints: "front-and-end",
  frontTtl: "5m",
  endTtl: "5m",
  model: "claude-sonnet-5-5",
  speed: "standard",
  geo: "global",
  tier: "standard",
  stream: true,
  thinking: "adaptive",
  effort: "medium",
  toolChoice: "auto",
  outputFormat: null,
  otherEffortShare: 0,
  otherChoiceShare: 0,
  answerTokens: [120, 900],
  thinkingTokens: [40, 300],
  maxTokens: 16_000,
  webSearches: 0,
  duplicateShare: 0,
  abandonedShare: 0,
  retriedShare: 0,
  refusedShare: 0.005,
  missRate: 0,
  fingerprints: true,
  sessions: true,
  keys: 1,
  estimateError: 0.15,
};
