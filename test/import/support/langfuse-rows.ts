import { ADDRESS, ANSWER, END, MODEL, PROMPT, START, USED, USED_USD, type Used } from "./records.ts";

/** Counts as a program writes them that passes the API's own on: each kind apart. */
export function apart({ uncached, reads, write5m, write1h, output }: Used): object {
  const writes = write5m + write1h;
  const total = uncached + reads + writes + output;
  return {
    input: uncached,
    output,
    cache_read_input_tokens: reads,
    cache_creation_input_tokens: writes,
    total,
  };
}

/** An observation as the public API answers it, with all that may not be kept. */
export function anObservation(overrides: object = {}): object {
  return {
    id: "observation-1",
    projectId: "project-1",
    traceId: "trace-1",
    parentObservationId: null,
    type: "GENERATION",
    name: "summarise",
    environment: "production",
    startTime: START,
    endTime: END,
    completionStartTime: "2026-10-01T10:00:01.000Z",
    model: MODEL,
    modelParameters: { system: PROMPT },
    input: [{ role: "user", content: PROMPT }],
    output: ANSWER,
    metadata: { note: ADDRESS },
    level: "DEFAULT",
    statusMessage: ANSWER,
    usageDetails: apart(USED),
    costDetails: { input: 0.005, output: 0.01, total: USED_USD },
    promptName: "summary",
    sessionId: "session-1",
    userId: ADDRESS,
    tags: ["nightly", ADDRESS],
    ...overrides,
  };
}

/** The same observation as it is written into a bucket: names with underscores, numbers as texts, no zones. */
export function aBucketRow(overrides: object = {}): object {
  const texts = Object.entries(apart(USED)).map(([name, count]) => [name, String(count)] as const);
  return {
    id: "observation-1",
    trace_id: "trace-1",
    project_id: "project-1",
    environment: "production",
    type: "GENERATION",
    parent_observation_id: null,
    start_time: "2026-10-01 10:00:00.000",
    end_time: "2026-10-01 10:00:04.000",
    name: "summarise",
    metadata: { note: ADDRESS },
    level: "DEFAULT",
    status_message: ANSWER,
    input: PROMPT,
    output: ANSWER,
    provided_model_name: MODEL,
    usage_details: Object.fromEntries(texts),
    cost_details: { input: "0.005000000000", output: "0.010000000000", total: "0.032500000000" },
    completion_start_time: "2026-10-01 10:00:01.000",
    prompt_name: "summary",
    ...overrides,
  };
}
