import { listPriceBook, withPriceSets, type Ledger, type LedgerEvent, type PriceBook } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { instrumentsOf } from "./instruments.ts";
import { isMeasured, measureRequest, newMeasuring, type Measuring } from "./measure-event.ts";
import type { MetricMeter } from "./meter.ts";
import { SeenIds } from "./seen-ids.ts";

/** A ledger, or another sink of which neither prices nor personal labels are known. */
export type MeasuredSink = EventSink & Partial<Pick<Ledger, "settings" | "view">>;

export interface RecordMetricsOptions {
  /** A `Meter` of OpenTelemetry, as `metrics.getMeter("shop")` of its API gives it. */
  readonly meter: MetricMeter;
  /** Names of labels that become attributes, each with at most 100 values. Default: none. */
  readonly labels?: readonly string[];
  /** Default: list prices, with those that the ledger holds now. */
  readonly book?: PriceBook;
  /** Hears what went wrong. Without it, nobody does. */
  readonly onError?: (error: unknown) => void;
}

/** A sink that measures what passes through it. */
export interface MeteredSink extends EventSink {
  /** From now on events pass through unmeasured. */
  stop(): void;
}

/**
 * The sink to give to `attach` in the place of another: it records there, and measures each request once.
 *
 * A request that is seen again under the same id is not measured again, whatever is said of it then; what counts is in the
 * ledger. Nothing that a meter does reaches the caller.
 *
 * @throws RangeError for a label that is personal in the ledger's settings: its values may not leave the ledger.
 * @throws LedgerUnavailableError when the operating system refuses the ledger's settings or prices.
 */
export async function recordMetrics(sink: MeasuredSink, options: RecordMetricsOptions): Promise<MeteredSink> {
  const { labels = [], meter, onError } = options;
  const { personalLabels = [] } = (await sink.settings?.read()) ?? {};
  const personal = labels.filter((name) => personalLabels.includes(name));
  if (personal.length > 0) {
    throw new RangeError(
      `personal labels cannot be attributes of metrics: ${personal.join(", ")}; leave them out of \`labels\``,
    );
  }
  const book = options.book ?? (await bookOf(sink));
  const hear = (error: unknown): void => {
    try {
      onError?.(error);
    } catch {
      // There is nobody left to tell.
    }
  };
  let measure = measurer({ book, labels }, meter, hear);
  return {
    record: (event) => {
      sink.record(event);
      measure(event);
    },
    flush: () => sink.flush(),
    fingerprintKey: () => sink.fingerprintKey(),
    ...(sink.onClosing === undefined ? {} : { onClosing: sink.onClosing.bind(sink) }),
    ...(sink.find === undefined ? {} : { find: sink.find.bind(sink) }),
    stop: () => {
      measure = () => undefined;
    },
  };
}

async function bookOf(sink: MeasuredSink): Promise<PriceBook> {
  const view = await sink.view?.();
  return withPriceSets(listPriceBook(), view?.priceSets ?? []).book;
}

/** Measures events; what goes wrong is heard, and ends nothing. */
function measurer(
  known: Pick<Measuring, "book" | "labels">,
  meter: MetricMeter,
  hear: (error: unknown) => void,
): (event: LedgerEvent) => void {
  const seen = new SeenIds();
  try {
    const measuring = newMeasuring({ ...known, instruments: instrumentsOf(meter) });
    return (event) => {
      try {
        if (isMeasured(event) && seen.isNew(event.id)) measureRequest(event, measuring);
      } catch (error) {
        hear(error);
      }
    };
  } catch (error) {
    hear(error);
    return () => undefined;
  }
}
