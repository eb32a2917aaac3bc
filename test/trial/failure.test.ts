import { EXACT, jsonFields, runTrial, trialResult, type Sent, type TrialPlan } from "@farthing/advisor";
import { convertUsage, nodeFileSystem, parseUsd, type OpenFile } from "@farthing/ledger";
import { describe, expect, it, vi } from "vitest";
import { apiMessageEvents } from "../support/api-messages.ts";
import { apiOfModels } from "../support/api-of-models.ts";
import { systemError } from "../support/faulty-file-system.ts";
import { eventsReply, openLoopbackApi } from "../support/loopback-api.ts";
import { anAnswer, aPlan } from "./a-plan.ts";
import { printed, samples, trialOn } from "./samples.ts";

describe("a failure while a trial is under way", () => {
  const { usage } = convertUsage({ input_tokens: 1, output_tokens: 1 });
  const count = (): Promise<number> => Promise.resolve(1);

  it("ends it once what was sent is over, and nothing is sent after it", async () => {
    let [sent, over, mayGoOn] = [0, 0, true];
    const send = async (_: unknown, hasEnded: () => boolean): Promise<Sent> => {
      const number = (sent += 1);
      if (number === 2) throw new Error("no socket");
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      mayGoOn = mayGoOn && !hasEnded();
      over += 1;
      return anAnswer(usage);
    };
    const trial = runTrial(aPlan(30, [true], 1), { budget: parseUsd("1"), concurrency: 3 }, { send, count });
    await expect(trial).rejects.toThrow("no socket");
    // Those that were under way were heard to their end, and told to make no other attempt.
    expect([sent, over, mayGoOn]).toEqual([3, 2, false]);
  });

  it("leaves the other model's answer to the same sample heard", async () => {
    let over = 0;
    const send = async ({ model }: Readonly<Record<string, unknown>>): Promise<Sent> => {
      if (model === "claude-haiku-5-5") throw new Error("no socket");
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      over += 1;
      return anAnswer(usage);
    };
    const trial = runTrial(aPlan(1, [false], 1), { budget: parseUsd("1"), concurrency: 1 }, { send, count });
    await expect(trial).rejects.toThrow("no socket");
    expect(over).toBe(1);
  });

  it.each([
    ["a number that JSON cannot write", [{ type: "text", text: '{"of-ada": 1e999}' }], jsonFields([])],
    ["a call with such a number", [{ type: "tool_use", name: "a", input: { "of-ada": Infinity } }], EXACT],
    ["anything, where judging it throws", [], { by: "exact", judge: () => Promise.reject(new Error("of ada")) }],
  ] as const)("is none where an answer holds %s: it cannot be compared", async (_, content, agreement) => {
    const plan: TrialPlan = { ...aPlan(4, [true], 1), agreement };
    const samples = plan.samples.map((sample) => ({ ...sample, recorded: { answer: { "of-ada": 1 }, usage: null } }));
    const budget = parseUsd("1");
    const outcomes = await runTrial(
      { ...plan, samples },
      { budget, concurrency: 2 },
      { send: () => Promise.resolve(anAnswer(usage, content)), count },
    );
    expect(trialResult(plan, budget, outcomes)).toMatchObject({
      answeredByBoth: 4,
      agreement: { compared: 0, notComparable: 4, share: null },
      spent: parseUsd("0.0000024"),
    });
  });
});

describe("farthing trial", () => {
  it("counts an answer that an error breaks off with the most it can have cost, by the error's name", async () => {
    const begun = [...apiMessageEvents({ usage: null }), { type: "error", error: { type: "overloaded_error" } }];
    await using api = await openLoopbackApi(
      apiOfModels({ instead: ({ model }) => (model === "claude-haiku-5-5" ? eventsReply(begun) : null) }),
    );
    const run = await trialOn(api.url, samples(1), ["--budget", "1", "--format", "json"]);
    expect(printed(run)).toMatchObject({
      to: { answers: 0, failures: [{ errorType: "overloaded_error", requests: 1 }] },
      callsAtUnknownCost: 1,
      pairs: 0,
    });
    expect(api.requests.filter(({ path }) => path.endsWith("/messages"))).toHaveLength(2);
  });

  it("shows what it measured where that cannot be recorded, and ends with 3", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const real = { ...nodeFileSystem };
    const spies = [
      vi
        .spyOn(nodeFileSystem, "open")
        .mockImplementation(async (path, how) => withoutRoomFor("TrialRecorded", await real.open(path, how))),
      vi
        .spyOn(nodeFileSystem, "createNow")
        .mockImplementation((path) => withoutRoomFor("TrialRecorded", real.createNow(path))),
    ];
    try {
      const run = await trialOn(api.url, samples(2), ["--budget", "1", "--workload", "chat"]);
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toMatch(/^farthing: the trial could not be recorded: .*no space left on the device/);
      expect(run.stdout).toContain("100.0 % of 2 samples agree");
      expect(run.stdout).toMatch(/^RECORDED {3}not recorded:/m);
      expect(run.stdout).not.toContain("reports on chat");
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});

/** A file of the system's, that takes no bytes with a text. */
function withoutRoomFor(text: string, file: OpenFile): OpenFile {
  const refuse = (bytes: Uint8Array): void => {
    if (new TextDecoder().decode(bytes).includes(text)) throw systemError("ENOSPC");
  };
  return {
    ...file,
    appendNow: (bytes) => {
      refuse(bytes);
      return file.appendNow(bytes);
    },
    append: async (bytes) => {
      refuse(bytes);
      return file.append(bytes);
    },
  };
}
