import type { SourceFile, Use } from "./source-file.ts";

/**
 * For each part of a package, the parts of the same package it may import.
 *
 * A part is a folder of `src`, or a file directly in it; a path allows that one file of another part. A part missing
 * here may not exist: deciding where it belongs is adding it to this table.
 */
const LAYERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ledger: {
    "errors.ts": [],
    "instant.ts": ["errors.ts"],
    "text-order.ts": [],
    money: ["errors.ts"],
    usage: ["errors.ts", "instant.ts"],
    models: ["errors.ts", "instant.ts"],
    pricing: ["errors.ts", "instant.ts", "text-order.ts", "money", "usage", "models"],
    events: ["errors.ts", "instant.ts", "money", "usage"],
    bill: ["instant.ts", "text-order.ts", "money", "usage", "events"],
    settings: ["errors.ts", "instant.ts", "money"],
    rows: ["errors.ts", "instant.ts", "money", "usage", "models", "pricing", "events"],
    store: ["errors.ts", "instant.ts", "money", "usage", "events", "settings", "rows", "privacy"],
    privacy: ["errors.ts", "instant.ts", "events"],
    retention: [
      "errors.ts",
      "instant.ts",
      "text-order.ts",
      "usage",
      "pricing",
      "events",
      "settings",
      "store",
      "projections/price-sets.ts",
      "outbox/forward-state.ts",
      "outbox/reached-ledgers.ts",
    ],
    audit: [
      "errors.ts",
      "instant.ts",
      "money",
      "usage",
      "pricing",
      "events",
      "settings",
      "rows",
      "projections",
      "store",
    ],
    closing: [
      "errors.ts",
      "instant.ts",
      "money",
      "pricing",
      "events",
      "projections",
      "store",
      "audit",
      "ledger-api.ts",
    ],
    projections: ["errors.ts", "instant.ts", "text-order.ts", "money", "usage", "models", "pricing", "events", "rows"],
    replica: ["errors.ts", "instant.ts", "events", "store", "open-ledger-options.ts"],
    outbox: [
      "errors.ts",
      "instant.ts",
      "events",
      "settings",
      "store",
      "privacy",
      "retention",
      "ledger-api.ts",
      "open-ledger-options.ts",
    ],
    rollups: ["errors.ts", "money", "pricing", "projections", "store", "replica", "open-ledger-options.ts"],
    "shared-retention": [
      "errors.ts",
      "instant.ts",
      "events",
      "settings",
      "store",
      "retention",
      "replica",
      "open-ledger-options.ts",
    ],
    "open-ledger-options.ts": ["store"],
    "open-ledger.ts": ["*"],
    "folder-ledger.ts": ["*"],
    "shared-ledger.ts": ["*"],
    "database-ledger.ts": ["*"],
    "local-copy.ts": ["*"],
    "open-shared-outbox.ts": ["*"],
    "migrate-ledger.ts": ["*"],
    "postgres.ts": ["*"],
    "queries.ts": ["*"],
    "ledger-api.ts": ["*"],
    "index.ts": ["*"],
  },
  adapters: {
    ndjson: [],
    prompts: [],
    capture: ["ndjson", "prompts", "batches"],
    batches: ["ndjson", "prompts", "capture/event-sink.ts"],
    estimates: ["capture/event-sink.ts", "prompts"],
    outcomes: ["capture/event-sink.ts", "capture/labels.ts"],
    "event-writer": ["capture/event-sink.ts"],
    anthropic: ["ndjson", "capture", "estimates", "outcomes"],
    budget: ["capture"],
    "budget-block": ["capture", "budget"],
    import: ["ndjson"],
    "agent-sdk": ["ndjson", "import", "capture/labels.ts"],
    "claude-code": ["ndjson", "import"],
    events: ["ndjson", "import", "batches"],
    otel: ["ndjson", "capture"],
    "otel-metrics": ["capture/event-sink.ts", "capture/sink-around.ts"],
    bill: ["ndjson", "import"],
    litellm: ["ndjson", "import", "capture/failures.ts"],
    langfuse: ["ndjson", "import"],
  },
  advisor: {
    "thresholds.ts": [],
    "resampling.ts": [],
    "quantiles.ts": [],
    example: [],
    cache: [],
    trace: ["thresholds.ts", "cache"],
    strategies: ["thresholds.ts", "cache/cache-rules.ts", "trace", "trial/wilson-interval.ts"],
    trial: ["quantiles.ts", "trace/model-of.ts"],
    replay: ["thresholds.ts", "cache", "trace", "strategies"],
    bounds: ["thresholds.ts", "cache", "trace", "replay"],
    portfolio: ["thresholds.ts", "resampling.ts", "cache", "trace", "strategies", "replay", "bounds"],
    "follow-up": ["thresholds.ts", "quantiles.ts", "trace", "strategies", "portfolio"],
    contract: [],
    report: ["thresholds.ts", "cache", "trace", "strategies", "replay", "bounds", "portfolio", "follow-up", "contract"],
    html: ["thresholds.ts", "strategies", "portfolio", "report"],
    backtest: ["thresholds.ts", "trace", "strategies", "replay", "portfolio"],
    compare: ["thresholds.ts", "quantiles.ts", "report/words.ts"],
    budget: ["thresholds.ts", "resampling.ts"],
    exports: ["report/adjustment-words.ts"],
    reconcile: [],
    "day-zero": ["reconcile", "report", "html"],
    schemas: [
      "trace",
      "strategies",
      "reconcile",
      "backtest",
      "follow-up",
      "report",
      "trial",
      "compare",
      "budget",
      "day-zero",
    ],
    cli: ["*"],
    "index.ts": ["*"],
  },
};

/** For each package, the packages of this repository it may name. `packages/advisor/src/cli` may also name adapters. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  ledger: [],
  adapters: ["ledger"],
  advisor: ["ledger"],
};

/**
 * Where the clock, randomness and the process may be reached; everywhere else they are parameters. In the file store
 * that is the files it meets its host through: a writer's lock names a process, Windows syncs no folder, and users keep
 * what can be made again where they like.
 */
const AMBIENT =
  /^packages\/(advisor\/src\/cli\/|adapters\/src\/|ledger\/src\/store\/file\/(file-system|processes|user-folders)\.ts$)/;

/** Where files may be read and written: store drivers, adapters over files, the command line. */
const FILES = /^packages\/(ledger\/src\/store\/[a-z-]+|advisor\/src\/cli|adapters\/src\/[a-z-]+)\//;

/** Where a module may be named by whoever runs it: their own function, and the SDK as they installed it. */
const NAMES_MODULES = "packages/advisor/src/cli/input/load-module.ts";

/** The file system, the network and other processes. */
const OUTSIDE_WORLD =
  /^node:(fs|fs\/promises|os|http|https|net|tls|dgram|dns|child_process|cluster|worker_threads|process)$/;

/** Every dependency of the files that the layers do not allow, as `file:line what`. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [
    ...placeViolations(file),
    ...file.imports.flatMap((use) => report(file, use, importViolation(file.path, use.name))),
    ...file.ambient.flatMap((use) =>
      report(file, use, AMBIENT.test(file.path) ? null : `reaches for ${use.name}; take it as a parameter`),
    ),
  ]);
}

/** The import cycles among the files, each as `a -> b -> a`, type-only imports included. */
export function cycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || finished.has(path)) return;
    for (const use of byPath.get(path)?.imports ?? []) if (byPath.has(use.name)) visit(use.name, [...trail, path]);
    finished.add(path);
  };
  for (const file of files) visit(file.path, []);
  return found;
}

function report(file: SourceFile, use: Use, problem: string | null): string[] {
  return problem === null ? [] : [`${file.path}:${use.line} ${problem}`];
}

function placeViolations(file: SourceFile): string[] {
  const { packageName, part } = placeOf(file.path);
  return LAYERS[packageName]?.[part] === undefined
    ? [`${file.path}:1 belongs to "${part}", which has no place in test/architecture/layers.ts`]
    : [];
}

function importViolation(from: string, name: string): string | null {
  const { packageName, part } = placeOf(from);
  if (name === "(computed)") return from === NAMES_MODULES ? null : "imports a computed name, which no rule can check";
  if (name.startsWith("packages/")) {
    const target = placeOf(name);
    if (target.packageName !== packageName) return `imports ${name} by path; import the package by name`;
    const allowed = LAYERS[packageName]?.[part] ?? [];
    const path = name.slice(name.indexOf("/src/") + "/src/".length);
    const isAllowed = target.part === part || ["*", target.part, path].some((entry) => allowed.includes(entry));
    return isAllowed ? null : `imports ${path}, which ${part} may not know`;
  }
  const named = /^@farthing\/([a-z-]+)/.exec(name)?.[1];
  if (named !== undefined) {
    const isCompositionRoot = from.startsWith("packages/advisor/src/cli/") && named === "adapters";
    const isAllowed = isCompositionRoot || (PACKAGES[packageName] ?? []).includes(named);
    return isAllowed ? null : `imports @farthing/${named}, which it may not know`;
  }
  if (OUTSIDE_WORLD.test(name) && !FILES.test(from)) return `imports ${name}; only drivers, adapters and the CLI may`;
  return null;
}

function placeOf(path: string): { packageName: string; part: string } {
  const [, packageName = "", , part = ""] = path.split("/");
  return { packageName, part };
}
