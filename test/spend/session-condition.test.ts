import { calendarOf, matches } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aConversation } from "../support/conversation.ts";

const UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

describe("a condition on the session", () => {
  it.each([
    ["session-1", "session-1", true],
    ["session-1", "session-10", false],
    [UUID, UUID, true],
    ["0f8fad5b", UUID, true],
    ["0f8fad5b-d9cb", UUID, true],
    ["0f8fad5", UUID, false],
    ["deadbeef", "deadbeef-10", false],
  ])("of %s holds for %s: %s", (value, session, holds) => {
    const [event] = aConversation([{ at: 0 }], { name: session });
    const isWanted = matches({ where: [{ key: "session", value }], since: null, until: null }, calendarOf("UTC"));
    expect(event !== undefined && isWanted(event)).toBe(holds);
  });
});
