/** Requests as a cache sees them, made part by part in the same arrays. */
export interface Traffic {
  readonly startedAt: Float64Array;
  /** The boundaries of all requests of the part, one request after another. */
  readonly prefixes: Uint32Array;
  /** How many a request has. */
  readonly boundaries: number;
  /** Goes on to the next part. */
  next(): void;
}

const BOUNDARIES = 16;
const PART = 50_000;
/** Milliseconds from one request to the next: 200 a second. */
const STEP_MS = 5;
/** Conversations that go on at a time, each a request about every ten seconds. */
const CONVERSATIONS = 2_000;
/** Prompts that they begin with, of so many boundaries. */
const TEMPLATES = 500;
const TEMPLATE_BOUNDARIES = 4;
/** Boundaries that are new in a step of a conversation. */
const NEW_BOUNDARIES = 2;
/** Share of requests that begin a conversation anew. */
const ENDS = 0.08;

/** Agents' loops: most of a prompt was sent before, a little is new. The same traffic for the same seed. */
export function syntheticTraffic(seed: number): Traffic {
  const random = randomOf(seed);
  const templates = new Uint32Array(TEMPLATES * TEMPLATE_BOUNDARIES).map((_, index) => index + 1);
  const conversations = new Uint32Array(CONVERSATIONS * BOUNDARIES);
  const startedAt = new Float64Array(PART);
  const prefixes = new Uint32Array(PART * BOUNDARIES);
  let newest = templates.length;
  let now = 0;

  const begin = (from: number): void => {
    const template = Math.floor(random() * TEMPLATES) * TEMPLATE_BOUNDARIES;
    conversations.set(templates.subarray(template, template + TEMPLATE_BOUNDARIES), from);
    for (let block = TEMPLATE_BOUNDARIES; block < BOUNDARIES; block += 1) conversations[from + block] = ++newest;
  };
  const goOn = (from: number): void => {
    for (let block = BOUNDARIES - NEW_BOUNDARIES; block < BOUNDARIES; block += 1)
      conversations[from + block] = ++newest;
  };

  for (let index = 0; index < CONVERSATIONS; index += 1) begin(index * BOUNDARIES);
  return {
    startedAt,
    prefixes,
    boundaries: BOUNDARIES,
    next: () => {
      for (let index = 0; index < PART; index += 1) {
        const from = Math.floor(random() * CONVERSATIONS) * BOUNDARIES;
        if (random() < ENDS) begin(from);
        else goOn(from);
        prefixes.set(conversations.subarray(from, from + BOUNDARIES), index * BOUNDARIES);
        now += STEP_MS;
        startedAt[index] = now;
      }
    },
  };
}

/** Xorshift: enough for traffic. */
function randomOf(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
