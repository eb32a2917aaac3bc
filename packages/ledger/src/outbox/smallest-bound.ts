import { SEGMENT_BYTES } from "../store/file/file-event-store.ts";
import { KEPT_SEGMENTS } from "./folder-bound.ts";

/** In bytes; the segments of a log that stay can take as much, so that no smaller bound holds. */
export const SMALLEST_BOUND: number = KEPT_SEGMENTS * SEGMENT_BYTES;
