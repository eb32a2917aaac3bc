import { eventIdOf } from "@farthing/ledger";
import { expect, it } from "vitest";
import { NO_IDS } from "../support/builders.ts";

const all = { ...NO_IDS, message: "msg_1", batch: "b_1", custom: "row/7", request: "req_1" };

it("is the message's, else the batch item's, else the request's", () => {
  expect(eventIdOf(all)).toBe("msg:msg_1");
  expect(eventIdOf({ ...all, message: null })).toBe("batch:b_1/row/7");
  expect(eventIdOf({ ...all, message: "", custom: null })).toBe("req:req_1");
});

it("is new where nothing names the fact", () => {
  expect(eventIdOf(NO_IDS, () => "new")).toBe("new");
  expect(eventIdOf({ batch: "b_1" }, () => "new")).toBe("new");
  expect(eventIdOf({})).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  expect(eventIdOf({})).not.toBe(eventIdOf({}));
});
