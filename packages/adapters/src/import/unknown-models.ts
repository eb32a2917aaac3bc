import { matchModel } from "@farthing/ledger";

const MODELS_LISTED = 50;

/** Responses of models this release does not know. They are in the ledger, without a price. */
export interface UnknownModelsReport {
  readonly responses: number;
  /** The first ones met; `responses` also counts those not listed. */
  readonly models: readonly { readonly model: string; readonly responses: number }[];
}

/** Counts responses whose model no rate card can be found for. */
export class UnknownModels {
  readonly #counts = new Map<string, number>();
  #responses = 0;

  see(model: string): void {
    if (matchModel(model) !== null) return;
    this.#responses += 1;
    const count = this.#counts.get(model);
    if (count !== undefined || this.#counts.size < MODELS_LISTED) this.#counts.set(model, (count ?? 0) + 1);
  }

  report(): UnknownModelsReport {
    const models = [...this.#counts].map(([model, responses]) => ({ model, responses }));
    return { responses: this.#responses, models };
  }
}
