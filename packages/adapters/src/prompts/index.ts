export { apportion } from "./apportion.ts";
export { digestPrompt, type PromptDigest } from "./prompt-digest.ts";
export { fingerprintOf, promptHash } from "./prompt-fingerprint.ts";
export { shapeOf } from "./request-shape.ts";
