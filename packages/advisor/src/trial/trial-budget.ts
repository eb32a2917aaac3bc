import { money, type Money } from "@farthing/ledger";

/**
 * An amount that calls spend together, and never more of it than there is.
 *
 * What a call can cost at most is set aside before it is sent, and given back when its cost is known.
 */
export class TrialBudget {
  #left: bigint;
  #setAside = 0n;
  #underWay = 0;
  #turn: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  readonly total: Money;

  constructor(total: Money) {
    this.total = total;
    this.#left = total;
  }

  /** What settled calls came to. */
  get spent(): Money {
    return money(this.total - this.#left);
  }

  /**
   * Sets an amount aside. Whoever asks first is answered first, and waits while calls under way may still give enough back.
   *
   * @returns False where there is not enough, and nothing under way that could change that.
   */
  async setAside(amount: Money): Promise<boolean> {
    const before = this.#turn;
    let pass: () => void = () => undefined;
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    try {
      while (amount > this.#left - this.#setAside) {
        if (this.#underWay === 0) return false;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      this.#setAside += amount;
      this.#underWay += 1;
      return true;
    } finally {
      pass();
    }
  }

  /** Gives back what was set aside, less what was spent of it. */
  settle(amount: Money, spent: Money): void {
    this.#setAside -= amount;
    this.#left -= spent;
    this.#underWay -= 1;
    this.#wake();
  }
}
