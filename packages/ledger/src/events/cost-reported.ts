import type { Usage } from "../usage/usage.ts";
import type { EventBase } from "./event-base.ts";

/** What a client said of one model. */
export interface ReportedModelCost {
  readonly model: string;
  /** In decimal US dollars; null where it told tokens alone. */
  readonly usd: string | null;
  /** The tokens the amount is of; their price here is what it is held against. */
  readonly usage: Usage;
}

/**
 * What a client reckoned that a run of responses cost, at prices of its own. Kept beside the ledger's figure, never part
 * of it: nothing is billed by this event, its tokens included.
 */
export interface CostReported extends EventBase {
  readonly type: "CostReported";
  /** In decimal US dollars. */
  readonly usd: string;
  readonly models: readonly ReportedModelCost[];
  /** Ids of the events of those responses that the client also told one by one. It may have made others. */
  readonly responses: readonly string[];
  readonly session: string | null;
}
