import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apportion, digestPrompt, fingerprintOf } from "../../packages/adapters/src/prompts/index.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { KEY } from "./fingerprints.ts";

function estimated(body: unknown): number {
  return (digestPrompt(body)?.blocks ?? []).reduce((sum, { tokens }) => sum + tokens, 0);
}

/** What a block adds to a prompt. */
function tokensOf(block: object, model = "claude-opus-4-5"): number {
  const text = { type: "text", text: "." };
  const ask = (content: object[]): number => estimated({ model, messages: [{ role: "user", content }] });
  return ask([text, block]) - ask([text]);
}

function base64(...bytes: readonly (number | string)[]): string {
  const parts = bytes.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from([part])));
  return Buffer.concat([...parts, Buffer.alloc(40)]).toString("base64");
}

const image = (data: string): object => ({ type: "image", source: { type: "base64", media_type: "image/png", data } });

// 280 by 140 pixels: 10 by 5 squares of 28 pixels, in the header of each format.
const SMALL = {
  png: base64(0x89, "PNG\r\n", 0x1a, "\n\0\0\0\rIHDR\0\0", 0x01, 0x18, "\0\0\0", 0x8c),
  gif: base64("GIF89a", 0x18, 0x01, 0x8c, 0x00),
  // A segment of six bytes before the frame.
  jpeg: base64(0xff, 0xd8, 0xff, 0xe0, 0x00, 0x06, "abcd", 0xff, 0xc2, 0x00, 0x11, 0x08, 0x00, 0x8c, 0x01, 0x18),
  "lossy webp": base64("RIFF\0\0\0\0WEBPVP8 \0\0\0\0", "\0\0\0", 0x9d, 0x01, 0x2a, 0x18, 0x01, 0x8c, 0x00),
  // Fourteen bits of 279, then fourteen of 139.
  "lossless webp": base64("RIFF\0\0\0\0WEBPVP8L\0\0\0\0", 0x2f, 0x17, 0xc1, 0x22, 0x00),
  "extended webp": base64("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0", 0x17, 0x01, 0x00, 0x8b, 0x00, 0x00),
} as const;

const png = (width: number, height: number): string => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return base64(0x89, "PNG\r\n", 0x1a, "\n\0\0\0\rIHDR", size.toString("latin1"));
};

describe("the estimated tokens of an image", () => {
  for (const [format, data] of Object.entries(SMALL)) {
    it(`are its squares of 28 pixels, as the header of a ${format} says its size`, () => {
      expect(tokensOf(image(data))).toBe(50);
    });
  }

  it("count a square that is begun", () => {
    // 11 by 6
    expect(tokensOf(image(png(281, 141)))).toBe(66);
  });

  it("are those of the image scaled down, to a size that depends on the model", () => {
    // 1,568 by 784 is 56 by 28; 2,576 by 1,288 is 92 by 46.
    expect(tokensOf(image(png(8_000, 4_000)))).toBe(1_568);
    expect(tokensOf(image(png(8_000, 4_000)), "claude-opus-5")).toBe(4_232);
    // At most so many, whatever its form.
    expect(tokensOf(image(png(8_000, 8_000)))).toBe(1_600);
    expect(tokensOf(image(png(8_000, 8_000)), "claude-opus-5")).toBe(4_784);
  });

  it("are those of 800 by 600 pixels where its size cannot be seen", () => {
    // 29 by 22
    expect(tokensOf({ type: "image", source: { type: "url", url: "https://example.test/a.png" } })).toBe(638);
    expect(tokensOf(image("AAAA"))).toBe(638);
  });

  it("count within the result of a tool", () => {
    const result = { type: "tool_result", tool_use_id: "t", content: [image(png(280, 140))] };

    expect(tokensOf(result)).toBeGreaterThan(50);
    expect(tokensOf(result)).toBeLessThan(120);
  });
});

describe("the estimated tokens of a PDF", () => {
  const pdf = (text: string): object => ({
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: Buffer.from(text, "latin1").toString("base64") },
  });

  it("are 2,100 for each page it says it has", () => {
    const nodes = "<< /Type /Pages /Kids [1 0 R] /Count 2 >> << /Type /Pages /Parent 1 0 R /Count 5 >>";

    expect(tokensOf(pdf(`%PDF-1.7 ${nodes}`))).toBe(10_500);
    expect(tokensOf(pdf(`%PDF-1.7 << /Count 3 /Kids [] /Type /Pages >>`))).toBe(6_300);
    expect(tokensOf(pdf(`%PDF-1.7 << /Linearized 1 /L 9 /N 4 >> ${nodes}`))).toBe(8_400);
    expect(tokensOf(pdf(`%PDF-1.7 ${" ".repeat(500_000)}${nodes}`))).toBe(10_500);
  });

  it("go by its size where it does not say, and by one page where nothing is known", () => {
    // 150,000 bytes at 50,000 a page
    expect(tokensOf(pdf("x".repeat(150_000)))).toBe(6_300);
    expect(tokensOf({ type: "document", source: { type: "file", file_id: "file_1" } })).toBe(2_100);
  });

  it("are those of 600 pages at most", () => {
    expect(tokensOf(pdf("<< /Type /Pages /Count 99999 >>"))).toBe(1_260_000);
  });
});

describe("the estimated tokens of thinking", () => {
  const thinking = { type: "thinking", thinking: "word ".repeat(1_000), signature: "s".repeat(10_000) };
  const said = (model: string, ...after: object[]): number =>
    estimated({
      model,
      messages: [{ role: "user", content: "?" }, { role: "assistant", content: [thinking] }, ...after],
    });

  it("are counted in every turn where the model keeps thinking, and in the last where it does not", () => {
    const next = { role: "user", content: "next" };
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "done" }] };

    expect(said("claude-opus-4-5", next)).toBeGreaterThan(1_000);
    expect(said("claude-haiku-4-5", next)).toBeLessThan(100);
    expect(said("claude-haiku-4-5", result)).toBeGreaterThan(1_000);
  });

  it("are none for the signature", () => {
    expect(said("claude-opus-4-5")).toBeLessThan(2_000);
  });
});

describe("a number that is split in proportion", () => {
  it("has parts that end where their share of the whole does, rounded", () => {
    // 10 in thirds ends at 3.33, 6.67 and 10.
    expect(apportion(10, [1, 1, 1])).toEqual([3, 4, 3]);
    expect(apportion(7, [0, 2, 0, 5])).toEqual([0, 2, 0, 5]);
    expect(apportion(0, [3, 4])).toEqual([0, 0]);
    expect(apportion(5, [0, 0])).toEqual([0, 5]);
    expect(apportion(Number.MAX_SAFE_INTEGER, [1, 1_000_000, 1])).toHaveLength(3);
    expect(apportion(5, [])).toEqual([]);
  });
});

interface Counted {
  readonly model: string;
  readonly input_tokens_total: number;
  readonly has_media: boolean;
  readonly request: { readonly mcp_servers?: unknown };
}

describeWithSharedData(
  "recorded requests of which the exact prompt tokens are known",
  "token-truth/dev.jsonl",
  (path) => {
    const counted = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Counted)
      // What a server of tools adds to a prompt is on that server.
      .filter(({ has_media, request }) => !has_media && request.mcp_servers === undefined);
    const errors = (requests: readonly Counted[]): number[] =>
      requests
        .map(({ request, input_tokens_total: exact }) => Math.abs(estimated(request) - exact) / exact)
        .toSorted((a, b) => a - b);

    it("are estimated to 5 % in the middle, and to 30 % for nine of ten", () => {
      const sorted = errors(counted);

      expect(sorted.length).toBeGreaterThan(700);
      expect(sorted[Math.floor(sorted.length * 0.5)]).toBeLessThan(0.05);
      expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThan(0.3);
    });

    it("are estimated to within 10 % in the sum", () => {
      const exact = counted.reduce((sum, { input_tokens_total: tokens }) => sum + tokens, 0);
      const sum = counted.reduce((total, { request }) => total + estimated(request), 0);

      expect(sum / exact).toBeGreaterThan(0.9);
      expect(sum / exact).toBeLessThan(1.1);
    });
  },
);

interface Conversation {
  readonly steps: readonly {
    readonly request: { readonly messages?: unknown } | null;
    readonly usage: Readonly<Record<string, unknown>> | null;
  }[];
}

describeWithSharedData(
  "recorded requests of which the exact tokens in the cache are known",
  "cache-truth",
  (folder) => {
    /** How far the tokens up to the last mark are from those that were read or written, as a share of these. */
    const errors = readdirSync(folder)
      .filter((name) => name.endsWith(".json") && name !== "summary.json")
      .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), "utf8")) as Conversation).steps)
      .flatMap(({ request, usage }) => {
        const count = (name: string): number => Number(usage?.[name] ?? 0);
        const cached = count("cache_read_input_tokens") + count("cache_creation_input_tokens");
        const digest = digestPrompt(request);
        if (digest === null || cached === 0) return [];
        const { blocks } = fingerprintOf(digest, KEY, cached + count("input_tokens"));
        const last = blocks.findLastIndex((block) => "ttl" in block);
        const marked = blocks.slice(0, last + 1).reduce((sum, { tokens }) => sum + tokens, 0);
        return last < 0 ? [] : [Math.abs(marked - cached) / cached];
      })
      .toSorted((a, b) => a - b);

    it("end where the fingerprint says, to 1 % in the middle and 5 % for nine of ten", () => {
      expect(errors.length).toBeGreaterThan(40);
      expect(errors[Math.floor(errors.length * 0.5)]).toBeLessThan(0.01);
      expect(errors[Math.floor(errors.length * 0.9)]).toBeLessThan(0.05);
    });
  },
);
