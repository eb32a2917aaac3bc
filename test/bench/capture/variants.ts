import { join } from "node:path";
import type { Anthropic, ClientOptions } from "@anthropic-ai/sdk";
import { attach } from "@farthing/adapters/anthropic";
import { openLedger, parseKey } from "@farthing/ledger";
import type { Rivals } from "../rivals.ts";

/** A client whose calls are recorded in one way. */
export interface RecordedClient {
  readonly client: Anthropic;
  /** Has everything written that was recorded. */
  flush(): Promise<void>;
  /** How many calls were recorded; null where nothing is. */
  recorded(): Promise<number | null>;
}

type ClientClass = new (options: ClientOptions) => Anthropic;
type Variant = (
  sdk: ClientClass,
  options: ClientOptions,
  rivals: Rivals,
  folder: string,
) => Promise<RecordedClient | null>;

const WITHOUT_SPANS: ClientOptions = { openTelemetry: false };

/** Ways of recording, the bare SDK first. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  bare: async (Sdk, options) => Promise.resolve(unrecorded(new Sdk({ ...options, ...WITHOUT_SPANS }))),
  // The same once more: what differs between these two is noise.
  again: async (Sdk, options) => Promise.resolve(unrecorded(new Sdk({ ...options, ...WITHOUT_SPANS }))),
  farthing: async (Sdk, options, _, folder) => {
    const ledger = await openLedger(join(folder, "ledger"), { mode: "write", create: true });
    const client = attach(new Sdk({ ...options, ...WITHOUT_SPANS }), ledger);
    return {
      client,
      flush: async () => ledger.flush(),
      recorded: async () => {
        let count = 0;
        for await (const { event } of ledger.read()) if (event.type === "RequestCompleted") count += 1;
        await ledger.close();
        return count;
      },
    };
  },
  "farthing-unwritten": async (Sdk, options) => {
    let count = 0;
    const key = parseKey("ab".repeat(32));
    const client = attach(new Sdk({ ...options, ...WITHOUT_SPANS }), {
      record: ({ type }) => {
        if (type === "RequestCompleted") count += 1;
      },
      flush: async () => Promise.resolve(),
      fingerprintKey: async () => Promise.resolve(key),
    });
    return { client, flush: async () => Promise.resolve(), recorded: async () => Promise.resolve(count) };
  },
  otel: async (Sdk, options, rivals) => {
    const tracing = await traced(rivals);
    return tracing === null ? null : { client: new Sdk(options), ...tracing };
  },
  openinference: async (Sdk, options, rivals) => {
    const name = "@arizeai/openinference-instrumentation-anthropic";
    const loaded = await rivals.load<OpenInference>(name);
    const tracing = await traced(rivals);
    if (loaded === null || tracing === null) return null;
    new loaded.AnthropicInstrumentation().manuallyInstrument(Sdk);
    return { client: new Sdk({ ...options, ...WITHOUT_SPANS }), ...tracing };
  },
  braintrust: async (Sdk, options, rivals) => {
    const braintrust = await rivals.load<Braintrust>("braintrust");
    if (braintrust === null) return null;
    const testing = braintrust._exportsForTestingOnly;
    testing.setInitialTestState();
    await testing.simulateLoginForTests();
    const logger = testing.useTestBackgroundLogger();
    braintrust.initLogger({ projectName: "bench", projectId: "bench" });
    let count = 0;
    const client = braintrust.wrapAnthropic(new Sdk({ ...options, ...WITHOUT_SPANS }));
    return {
      client,
      flush: async () => {
        await braintrust.flush();
        count += (await logger.drain()).length;
      },
      recorded: async () => Promise.resolve(count),
    };
  },
};

function unrecorded(client: Anthropic): RecordedClient {
  return { client, flush: async () => Promise.resolve(), recorded: async () => Promise.resolve(null) };
}

/** Spans go in batches to an exporter that counts them and lets them go. */
async function traced(rivals: Rivals): Promise<Omit<RecordedClient, "client"> | null> {
  const otel = await rivals.load<OpenTelemetry>("@opentelemetry/sdk-trace-node");
  if (otel === null) return null;
  let count = 0;
  const processor = new otel.BatchSpanProcessor({
    export(spans, done) {
      count += spans.length;
      done({ code: 0 });
    },
    shutdown: async () => Promise.resolve(),
    forceFlush: async () => Promise.resolve(),
  });
  new otel.NodeTracerProvider({ spanProcessors: [processor] }).register();
  return { flush: async () => processor.forceFlush(), recorded: async () => Promise.resolve(count) };
}

/** The parts of these packages that are used. */
interface OpenTelemetry {
  readonly BatchSpanProcessor: new (exporter: {
    export(spans: readonly unknown[], done: (result: { readonly code: number }) => void): void;
    shutdown(): Promise<void>;
    forceFlush(): Promise<void>;
  }) => { forceFlush(): Promise<void> };
  readonly NodeTracerProvider: new (options: { readonly spanProcessors: readonly unknown[] }) => { register(): void };
}

interface OpenInference {
  readonly AnthropicInstrumentation: new () => { manuallyInstrument(sdk: object): void };
}

interface Braintrust {
  wrapAnthropic<Client>(client: Client): Client;
  initLogger(options: { readonly projectName: string; readonly projectId: string }): unknown;
  flush(): Promise<void>;
  readonly _exportsForTestingOnly: {
    setInitialTestState(): void;
    simulateLoginForTests(): Promise<unknown>;
    /** Keeps what is logged until it is drained, and sends nothing. */
    useTestBackgroundLogger(): { drain(): Promise<readonly unknown[]> };
  };
}
