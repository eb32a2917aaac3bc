import type { TokenizerGeneration } from "@farthing/ledger";
import { imageSize, type ImageSize } from "./image-size.ts";
import { pdfPages } from "./pdf-pages.ts";

/** Where the API finds an image or a document. */
export interface Source {
  readonly type?: unknown;
  readonly data?: unknown;
}

/** Tokens by the generation of the tokenizer. */
export type TokensByGeneration = Readonly<Record<TokenizerGeneration, number>>;

export const NO_MEDIA: TokensByGeneration = { 1: 0, 2: 0 };

/**
 * An image is billed by squares of so many pixels a side, begun ones included: about width times height over 750.
 *
 * Source: image-token-cost by JOHNISKING at huggingface.co, whose counts of images that are not scaled it gives exactly;
 * read 2026-11-29.
 */
const SQUARE = 28;
/**
 * A larger image is scaled down until its longer side and its tokens are within these.
 *
 * Source: docs.anthropic.com, vision, for the first; read 2026-11-29. The second is reported, and not confirmed.
 */
const LIMITS: Readonly<Record<TokenizerGeneration, { readonly side: number; readonly tokens: number }>> = {
  1: { side: 1_568, tokens: 1_600 },
  2: { side: 2_576, tokens: 4_784 },
};
/** An image of which only a name is known is taken for one of these pixels. An assumption. */
const USUAL_IMAGE: ImageSize = { width: 800, height: 600 };
/**
 * A page of a PDF: its image, 1,590 tokens in recorded requests with nearly empty pages, and the text of a usual one.
 *
 * Source: pdf-token-cost by JOHNISKING at huggingface.co, 2,098 to 2,347 a page of text; read 2026-11-29.
 */
const PAGE_TOKENS = 2_100;

export function isSource(value: unknown): value is Source {
  return typeof value === "object" && value !== null;
}

/** About how many tokens a block's image or document is; none where it has neither, or one that is text. */
export function mediaTokens(type: unknown, { type: source, data }: Source): TokensByGeneration {
  const file = source === "base64" && typeof data === "string" ? data : null;
  if (type === "image") {
    const size = (file === null ? null : imageSize(file)) ?? USUAL_IMAGE;
    return { 1: imageTokens(size, 1), 2: imageTokens(size, 2) };
  }
  if (type !== "document" || source === "text" || source === "content") return NO_MEDIA;
  const tokens = PAGE_TOKENS * (file === null ? 1 : pdfPages(file));
  return { 1: tokens, 2: tokens };
}

export function addMedia(a: TokensByGeneration, b: TokensByGeneration): TokensByGeneration {
  return b === NO_MEDIA ? a : { 1: a[1] + b[1], 2: a[2] + b[2] };
}

function imageTokens({ width, height }: ImageSize, generation: TokenizerGeneration): number {
  const { side, tokens } = LIMITS[generation];
  const scale = Math.min(1, side / Math.max(width, height));
  return Math.min(tokens, Math.ceil((width * scale) / SQUARE) * Math.ceil((height * scale) / SQUARE));
}
