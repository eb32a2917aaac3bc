import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { isJsonObject, ownText, parseJson } from "../ndjson/json-object.ts";
import type { Environment } from "./capture-options.ts";

/** Where calls come from, as far as it can be told without being told. */
export interface Origin {
  readonly service: string | null;
  readonly release: string | null;
  readonly host: string | null;
  readonly environment: string | null;
}

const SERVICE = ["OTEL_SERVICE_NAME", "DD_SERVICE", "K_SERVICE", "AWS_LAMBDA_FUNCTION_NAME", "FLY_APP_NAME"];
const RELEASE = [
  "DD_VERSION",
  "SENTRY_RELEASE",
  "GIT_COMMIT",
  "GIT_SHA",
  "COMMIT_SHA",
  "HEROKU_SLUG_COMMIT",
  "SOURCE_VERSION",
  "VERCEL_GIT_COMMIT_SHA",
  "RENDER_GIT_COMMIT",
  "RAILWAY_GIT_COMMIT_SHA",
  "CF_PAGES_COMMIT_SHA",
  "GITHUB_SHA",
  "CI_COMMIT_SHA",
  "K_REVISION",
  "AWS_LAMBDA_FUNCTION_VERSION",
];
const HOST = ["DYNO", "FLY_MACHINE_ID", "AWS_LAMBDA_LOG_STREAM_NAME", "POD_NAME"];
const ENVIRONMENT = ["DD_ENV", "SENTRY_ENVIRONMENT", "VERCEL_ENV", "RAILWAY_ENVIRONMENT_NAME", "APP_ENV", "NODE_ENV"];

/** What the outside world is asked for. */
export interface OriginSources {
  readonly env: Environment;
  /** The program that runs; the nearest `package.json` above it names the service. */
  readonly program: string | null;
  readonly workingFolder: string;
}

export function originOf(sources: OriginSources): Origin {
  const { env } = sources;
  const resource = resourceAttributes(env["OTEL_RESOURCE_ATTRIBUTES"]);
  const manifest = env["npm_package_name"] === undefined ? nearestManifest(sources) : null;
  return {
    service:
      first(env, SERVICE) ??
      resource.get("service.name") ??
      text(env["npm_package_name"]) ??
      (manifest === null ? null : ownText(manifest, "name")),
    release:
      first(env, RELEASE) ??
      resource.get("service.version") ??
      text(env["npm_package_version"]) ??
      (manifest === null ? null : ownText(manifest, "version")),
    host: first(env, HOST) ?? hostName(),
    environment:
      first(env, ENVIRONMENT) ??
      resource.get("deployment.environment.name") ??
      resource.get("deployment.environment") ??
      null,
  };
}

function first(env: Environment, names: readonly string[]): string | null {
  for (const name of names) {
    const value = text(env[name]);
    if (value !== null) return value;
  }
  return null;
}

function text(value: string | undefined): string | null {
  return value === undefined || value === "" ? null : value;
}

/** `name=value` pairs with commas between; values are percent-encoded. */
function resourceAttributes(list: string | undefined): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const pair of (list ?? "").split(",")) {
    const [name = "", value = ""] = pair.split("=", 2);
    if (name.trim() !== "" && value !== "") attributes.set(name.trim(), decoded(value.trim()));
  }
  return attributes;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function nearestManifest({ program, workingFolder }: OriginSources): Readonly<Record<string, unknown>> | null {
  // What a package manager or a test runner starts lies among the packages, and is not the service.
  const isInstalled = program === null || /[\\/]node_modules[\\/]/.test(program);
  const start = isInstalled ? workingFolder : dirname(program);
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = manifestIn(folder);
    if (manifest !== null && ownText(manifest, "name") !== null) return manifest;
    if (dirname(folder) === folder) return null;
  }
}

function manifestIn(folder: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = parseJson(readFileSync(join(folder, "package.json"), "utf8"));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function hostName(): string | null {
  try {
    return text(hostname());
  } catch {
    return null;
  }
}
