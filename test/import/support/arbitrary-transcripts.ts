import fc from "fast-check";
import { assistantLine, compactBoundary, ndjson, progressLine, userLine } from "./transcript.ts";

// Few ids and few counts on purpose: snapshots of one response meet, and lines name one another.

const uuid = fc.constantFrom("u1", "u2", "u3", "u4", "u5", "u6");
const parent = fc.option(uuid, { nil: null });
const messageId = fc.constantFrom("msg_1", "msg_2", "msg_3", "msg_4", undefined);
const agent = fc.option(fc.constantFrom("a77", "b88"), { nil: undefined });
const timestamp = fc
  .integer({ min: Date.UTC(2026, 1, 11), max: Date.UTC(2026, 1, 11, 0, 1) })
  .map((instant) => new Date(instant).toISOString());

const usage = fc.record({
  input_tokens: fc.constantFrom(0, 3),
  cache_creation_input_tokens: fc.constantFrom(0, 500),
  cache_read_input_tokens: fc.constantFrom(0, 20_000),
  output_tokens: fc.constantFrom(1, 8, 441),
});

const place = fc.record({ uuid, parentUuid: parent, timestamp, agentId: agent });

const response = fc
  .record({
    place,
    requestId: fc.constantFrom("req_1", "req_2", undefined),
    message: fc.record({
      id: messageId,
      usage,
      stop_reason: fc.constantFrom(null, null, "end_turn", "tool_use"),
      model: fc.constantFrom("claude-opus-4-6", "claude-haiku-4-5-20251001", "claude-unknown-9"),
    }),
  })
  .map(({ place: fields, requestId, message }) => assistantLine({ ...fields, requestId, message }));

const line = fc.oneof(
  { weight: 6, arbitrary: response.map((fields) => JSON.stringify(fields)) },
  { weight: 4, arbitrary: place.map((fields) => JSON.stringify(userLine(fields))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(response, place, fc.constantFrom("a77", "b88"))
      .map(([inner, fields, id]) => JSON.stringify(progressLine(id, inner, { ...fields, agentId: undefined }))),
  },
  {
    weight: 1,
    arbitrary: place.map((fields) =>
      JSON.stringify(compactBoundary({ ...fields, logicalParentUuid: fields.parentUuid })),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("", "not json", "42", '{"type":"assistant"}', "{}", '"ü💶"') },
);

/** The text of a transcript. */
export const transcripts: fc.Arbitrary<string> = fc.array(line, { maxLength: 14 }).map((lines) => ndjson(...lines));
