import { cacheScope } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, SECOND, Timeline, type Billed } from "./timeline.ts";

/** `count` blocks of 10 tokens: `prefix1:10 prefix2:10 ...`. */
function many(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1)}:10`).join(" ");
}

/** Timelines worked by hand. A bill is [read, 1h write, 5m write, uncached]. */
describe("a prompt cache", () => {
  it("writes up to the breakpoint, and reads that with the next request", () => {
    const timeline = new Timeline();
    // 2,000 up to the breakpoint are written, the 50 after it are neither written nor read.
    expect(timeline.send(0, "S:2000@5m Q1:50")).toEqual([0, 0, 2000, 50]);
    expect(timeline.send(SECOND, "S:2000@5m Q2:70")).toEqual([2000, 0, 0, 70]);
  });

  it("caches nothing that no breakpoint asks for", () => {
    const timeline = new Timeline();
    expect(timeline.send(0, "S:2000 Q:50")).toEqual([0, 0, 0, 2050]);
    expect(timeline.send(SECOND, "S:2000 Q:50")).toEqual([0, 0, 0, 2050]);
  });

  it("lets a conversation read all that the request before it cached, as its breakpoint moves on", () => {
    const timeline = new Timeline();
    const bills = [
      "S:2000 U1:100@5m",
      "S:2000 U1:100 A1:300 U2:60@5m",
      "S:2000 U1:100 A1:300 U2:60 A2:200 U3:40@5m",
    ].map((prompt, step) => timeline.send(step * MINUTE, prompt));
    // 2,100 written; then 2,100 read and 300 + 60 written; then 2,460 read and 200 + 40 written.
    expect(bills).toEqual([
      [0, 0, 2100, 0],
      [2100, 0, 360, 0],
      [2460, 0, 240, 0],
    ] satisfies Billed[]);
  });

  it("reads the longest of what its breakpoints find", () => {
    const timeline = new Timeline();
    timeline.send(0, "T:1500@5m S:1000@5m M:500@5m");
    // M differs: its breakpoint looks back to S, 2,500; the 400 of the other message are written.
    expect(timeline.send(SECOND, "T:1500@5m S:1000@5m N:400@5m")).toEqual([2500, 0, 400, 0]);
    // S differs: only T is found, and 900 + 400 are written.
    expect(timeline.send(2 * SECOND, "T:1500@5m R:900@5m N:400@5m")).toEqual([1500, 0, 1300, 0]);
    // T differs: nothing is found.
    expect(timeline.send(3 * SECOND, "V:1500@5m S:1000@5m M:500@5m")).toEqual([0, 0, 3000, 0]);
  });

  it("takes no more than the last four breakpoints", () => {
    const timeline = new Timeline();
    timeline.send(0, "A:1100@5m B:100@5m C:100@5m D:100@5m E:100@5m");
    // A is not written on its own: another prompt that shares only A reads nothing.
    expect(timeline.send(SECOND, "A:1100@5m Z:100")).toEqual([0, 0, 1100, 100]);
  });

  describe("that looks back", () => {
    // The breakpoint's own block is the first position, so 19 more may lie between what was written and the end.
    it.each([
      [19, [2000, 0, 190, 0]],
      [20, [0, 0, 2200, 0]],
      [21, [0, 0, 2210, 0]],
    ] satisfies [number, Billed][])("over %i blocks after what was written", (added, expected) => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m");
      const [before, last] = [many("M", added - 1), `M${String(added)}:10@5m`];
      expect(timeline.send(SECOND, `S:2000 ${before} ${last}`)).toEqual(expected);
    });

    it("finds what is further away from another breakpoint", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m");
      expect(timeline.send(SECOND, `S:2000@5m ${many("M", 24)} L:10@5m`)).toEqual([2000, 0, 250, 0]);
    });

    it("counts every block of a run that was left out", () => {
      // The end, and 18 of the run: what was written is the 20th position.
      const near = new Timeline();
      near.send(0, "S:2000@5m");
      expect(near.send(SECOND, "S:2000 R:180x18 L:10@5m")).toEqual([2000, 0, 190, 0]);
      // One more in the run: it is the 21st.
      const far = new Timeline();
      far.send(0, "S:2000@5m");
      expect(far.send(SECOND, "S:2000 R:190x19 L:10@5m")).toEqual([0, 0, 2200, 0]);
    });

    it("finds what ends with a run, as its last block is one position", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000 R:500x50@5m");
      // 19 blocks after the run: its end is the 20th position.
      expect(timeline.send(SECOND, `S:2000 R:500x50 ${many("M", 18)} L:10@5m`)).toEqual([2500, 0, 190, 0]);
    });

    it("does not count a block that the model is not given", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m");
      // 20 blocks after it, of which one is thinking that was dropped.
      expect(timeline.send(SECOND, `S:2000 ${many("M", 18)} K:0x0 L:10@5m`)).toEqual([2000, 0, 190, 0]);
    });
  });

  describe("of a model with a minimum", () => {
    it("does not cache one token less", () => {
      const timeline = new Timeline();
      const terms = { minimumTokens: 4096 };
      expect(timeline.send(0, "S:4095@5m Q:9", terms)).toEqual([0, 0, 0, 4104]);
      expect(timeline.send(SECOND, "S:4095@5m Q:9", terms)).toEqual([0, 0, 0, 4104]);
    });

    it("caches exactly as many", () => {
      const timeline = new Timeline();
      const terms = { minimumTokens: 4096 };
      expect(timeline.send(0, "S:4096@5m Q:9", terms)).toEqual([0, 0, 4096, 9]);
      expect(timeline.send(SECOND, "S:4096@5m Q:9", terms)).toEqual([4096, 0, 0, 9]);
    });

    it("caches at a later breakpoint what is too short at an earlier one", () => {
      const timeline = new Timeline();
      // 500 are too short for the first breakpoint, 1,500 long enough for the second.
      expect(timeline.send(0, "T:500@1h S:1000@5m Q:9")).toEqual([0, 0, 1500, 9]);
      expect(timeline.send(SECOND, "T:500@1h R:1000@5m Q:9")).toEqual([0, 0, 1500, 9]);
    });

    it("counts as its own tokenizer does", () => {
      // 900 tokens are 1,170 at 1.3 times as many: over the minimum of 1,024.
      expect(new Timeline().send(0, "S:900@5m Q:100", { scale: 1.3 })).toEqual([0, 0, 1170, 130]);
    });
  });

  describe("whose prefixes live", () => {
    it.each([
      ["5m", 5 * MINUTE],
      ["1h", HOUR],
    ] as const)("%s, up to that age and not at it", (ttl, lifetime) => {
      const [first, again] = [`S:2000@${ttl} Q1:50`, `S:2000@${ttl} Q2:50`];
      for (const [age, read] of [
        [lifetime - SECOND, 2000],
        [lifetime - 1, 2000],
        [lifetime, 0],
        [lifetime + SECOND, 0],
      ] as const) {
        const timeline = new Timeline();
        timeline.send(0, first);
        expect(timeline.send(age, again)[0], `after ${String(age)} ms`).toBe(read);
      }
    });

    it.each([
      ["5m", 5 * MINUTE],
      ["1h", HOUR],
    ] as const)("%s again after every read", (ttl, lifetime) => {
      const timeline = new Timeline();
      const prompt = `S:2000@${ttl} Q:50`;
      // Each is one second short of dead since the one before; the last comes at its end.
      const step = lifetime - SECOND;
      const times = [0, step, 2 * step, 3 * step, 3 * step + lifetime];
      expect(times.map((at) => timeline.send(at, prompt)[0])).toEqual([0, 2000, 2000, 2000, 0]);
    });

    it("from the start of the request, however long its answer takes", () => {
      const timeline = new Timeline();
      // Answered after 4 minutes; at 5:00 from its start it is dead, though readable for a minute only.
      timeline.send(0, "S:2000@5m Q:1", { readableAt: 4 * MINUTE });
      expect(timeline.send(5 * MINUTE, "S:2000@5m Q:2")[0]).toBe(0);
    });

    it("as long as what they lie within is read", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m M:500@5m");
      timeline.send(4 * MINUTE, "S:2000@5m M:500@5m");
      // S was written at 0 and lies within what was read at 4:00.
      expect(timeline.send(8 * MINUTE, "S:2000@5m N:300@5m")).toEqual([2000, 0, 300, 0]);
    });

    it("an hour although others beside them live five minutes", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@1h M:500@5m");
      // After ten minutes the 500 are dead and the 2,000 are not.
      expect(timeline.send(10 * MINUTE, "S:2000@1h M:500@5m")).toEqual([2000, 0, 500, 0]);
    });

    it("as long as they were written for, whatever reads them", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m");
      // A request for an hour finds it and so writes nothing; it still dies five minutes after that.
      expect(timeline.send(MINUTE, "S:2000@1h")).toEqual([2000, 0, 0, 0]);
      expect(timeline.send(7 * MINUTE, "S:2000@1h")).toEqual([0, 2000, 0, 0]);
    });
  });

  describe("asked by requests at the same time", () => {
    it("is written by each that starts before the first answer begins", () => {
      const timeline = new Timeline();
      const send = (at: number) => timeline.send(at, "S:2000@5m Q:50", { readableAt: at + 3 * SECOND });
      expect([send(0), send(0), send(3 * SECOND - 1)]).toEqual([
        [0, 0, 2000, 50],
        [0, 0, 2000, 50],
        [0, 0, 2000, 50],
      ]);
    });

    it("is read from the moment at which the first answer begins", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m Q:50", { readableAt: 3 * SECOND });
      timeline.send(SECOND, "S:2000@5m Q:50", { readableAt: 9 * SECOND });
      // The second wrote the same; it does not put off what the first made readable at 0:03.
      expect(timeline.send(3 * SECOND, "S:2000@5m Q:50")).toEqual([2000, 0, 0, 50]);
    });

    it("serves what was readable before and writes the rest", () => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m");
      const fanOut = [1, 2, 3].map(() => timeline.send(MINUTE, "S:2000@5m D:900@5m", { readableAt: 2 * MINUTE }));
      expect(fanOut).toEqual([
        [2000, 0, 900, 0],
        [2000, 0, 900, 0],
        [2000, 0, 900, 0],
      ]);
    });
  });

  describe("with both lifetimes in one request", () => {
    // A: end of what is read. B: end of the last 1h breakpoint after it. C: end of the last breakpoint.
    const prompt = "T:1500@1h S:1000@1h M:500@5m N:200@5m Q:30";

    it("writes for an hour up to B and for five minutes from there to C", () => {
      // A = 0, B = 2,500, C = 3,200, and 30 after it.
      expect(new Timeline().send(0, prompt)).toEqual([0, 2500, 700, 30]);
    });

    it("reads up to A where that lies before B", () => {
      const timeline = new Timeline();
      timeline.send(0, "T:1500@1h");
      // A = 1,500, B = 2,500, C = 3,200.
      expect(timeline.send(SECOND, prompt)).toEqual([1500, 1000, 700, 30]);
    });

    it("writes only for five minutes where A lies after every 1h breakpoint", () => {
      const timeline = new Timeline();
      timeline.send(0, "T:1500@1h S:1000@1h M:500@5m");
      // A = B = 3,000, C = 3,200.
      expect(timeline.send(SECOND, prompt)).toEqual([3000, 0, 200, 30]);
    });

    it("writes nothing where A is C", () => {
      const timeline = new Timeline();
      timeline.send(0, prompt);
      expect(timeline.send(SECOND, prompt)).toEqual([3200, 0, 0, 30]);
    });
  });

  describe("is one for", () => {
    const OPUS = "claude-opus-5";
    it.each([
      ["another model", OPUS, "claude-opus-5-5", "w", "w", null, null, false],
      ["the same model under a decorated id", OPUS, "claude-opus-5[1m]", "w", "w", null, null, true],
      ["another workspace", OPUS, OPUS, "w", "v", null, null, false],
      ["the same unknown workspace", OPUS, OPUS, null, null, null, null, true],
      ["fast mode", OPUS, OPUS, "w", "w", "standard", "fast", false],
      ["the usual speed, said or not", OPUS, OPUS, "w", "w", "standard", null, true],
      [
        "another workspace, where the organisation shares",
        `anthropic.${OPUS}`,
        `us.anthropic.${OPUS}`,
        "w",
        "v",
        null,
        null,
        true,
      ],
      ["another platform", OPUS, `anthropic.${OPUS}`, null, null, null, null, false],
    ] as const)("%s", (_, modelA, modelB, workspaceA, workspaceB, speedA, speedB, shared) => {
      const timeline = new Timeline();
      timeline.send(0, "S:2000@5m", { scope: cacheScope(modelA, workspaceA, speedA) });
      const [read] = timeline.send(SECOND, "S:2000@5m", { scope: cacheScope(modelB, workspaceB, speedB) });
      expect(read).toBe(shared ? 2000 : 0);
    });
  });
});
