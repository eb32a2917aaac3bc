import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import {
  createPseudonymizer,
  formatKey,
  InvalidKeyError,
  isLabelToken,
  labelToken,
  merge,
  parseKey,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { anUnknownEvent, aRequestCompleted, aRequestFailed } from "../support/builders.ts";
import { anyText } from "../support/any-text.ts";

const KEY_TEXT = "0123456789abcdef".repeat(4);
const KEY = parseKey(KEY_TEXT);
const OTHER_KEY = parseKey("f".repeat(64));

describe("a token", () => {
  it("is HMAC-SHA256 over the label's name and value, cut to 128 bits, with the key's id before it", () => {
    const digest = createHmac("sha256", Buffer.from(KEY_TEXT, "hex")).update("farthing-label\0user\0alice").digest();
    expect(labelToken("user", "alice", KEY)).toBe(`~${KEY.id}.${digest.subarray(0, 16).toString("base64url")}`);
    expect(isLabelToken(labelToken("user", "alice", KEY))).toBe(true);
  });

  it("is the same for one value under one name, and different under another name or key", () => {
    const tokens = [
      labelToken("user", "alice", KEY),
      labelToken("email", "alice", KEY),
      labelToken("user", "bob", KEY),
      labelToken("user", "alice", OTHER_KEY),
    ];
    expect(labelToken("user", "alice", parseKey(`${KEY_TEXT.toUpperCase()}\n`))).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(4);
  });

  it("stands for no two values, and stays as it is", () => {
    fc.assert(
      fc.property(anyText(), anyText(), (a, b) => {
        const token = labelToken("user", a, KEY);
        expect(labelToken("user", token, OTHER_KEY)).toBe(token);
        // A half of a surrogate pair has no UTF-8.
        fc.pre(a !== b && Buffer.from(a).toString() === a && Buffer.from(b).toString() === b);
        expect(labelToken("user", b, KEY)).not.toBe(token);
      }),
    );
  });

  it("wins over the value it stands for when two sightings are merged", () => {
    const token = labelToken("user", "éva", KEY);
    const plain = aRequestCompleted({ labels: { user: "éva", team: "b" } });
    const keyed = aRequestCompleted({ labels: { user: token, team: "a" } });
    expect(merge(plain, keyed)).toMatchObject({ labels: { user: token, team: "b" } });
    expect(merge(keyed, plain)).toMatchObject({ labels: { user: token, team: "b" } });
  });
});

describe("a key", () => {
  it.each(["", "alice", KEY_TEXT.slice(1), `${KEY_TEXT}0`, `${KEY_TEXT.slice(1)}g`])("is not %j", (text) => {
    let error: unknown;
    try {
      parseKey(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidKeyError);
    if (text !== "") expect(String(error)).not.toContain(text);
  });

  it("comes back from its text, and shows itself nowhere else", () => {
    const key = parseKey(formatKey(Buffer.from(KEY_TEXT, "hex")));
    expect(key.id).toBe(KEY.id);
    expect(`${inspect(key, { depth: 9 })}${JSON.stringify(key)}`).not.toContain(KEY_TEXT.slice(0, 8));
    expect(KEY_TEXT).not.toContain(key.id);
  });
});

describe("an event with personal labels", () => {
  it("has tokens in their place, whatever its type", () => {
    const labelled = [
      aRequestCompleted({ labels: { user: "alice", team: "search" } }),
      aRequestFailed({ labels: { user: "alice", team: "search" } }),
      anUnknownEvent({ labels: { user: "alice", team: "search" } }),
    ];
    const pseudonymize = createPseudonymizer(["email", "user"], KEY);
    for (const event of labelled) {
      const labels = { user: labelToken("user", "alice", KEY), team: "search" };
      expect(pseudonymize(event)).toEqual({ ...event, labels });
    }
  });

  it("keeps everything else, and changes no more when it is done again", () => {
    fc.assert(
      fc.property(events(eventIds), fc.subarray(["a", "b", "user"]), (event, names) => {
        const pseudonymize = createPseudonymizer(names, KEY);
        const once = pseudonymize(event);
        expect(pseudonymize(once)).toEqual(once);
        expect({ ...once, labels: null }).toEqual({ ...event, labels: null });
        if (!("labels" in event) || names.length === 0) expect(once).toBe(event);
      }),
    );
  });

  it("of a newer release has tokens even where its labels are no texts", () => {
    const event = anUnknownEvent({ labels: { user: { name: "alice" }, email: null } });
    const seen = JSON.stringify(createPseudonymizer(["email", "user"], KEY)(event));
    expect(seen).not.toContain("alice");
    expect(seen).toContain('"email":null');
  });
});
