import { readFileSync } from "node:fs";

/** This release, as its package says. */
export const FARTHING_VERSION: string = readVersion();

function readVersion(): string {
  const document: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const isPackage = typeof document === "object" && document !== null && "version" in document;
  return isPackage && typeof document.version === "string" ? document.version : "unknown";
}
