export { digestPrompt, type PromptDigest } from "./prompt-digest.ts";
export { fingerprintOf } from "./prompt-fingerprint.ts";
export { shapeOf } from "./request-shape.ts";
