import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import {
  formatInstant,
  InvalidRateCardError,
  parseRateCard,
  parseRateCards,
  rateCardToJson,
  type Instant,
  type PriceSet,
  type RateCard,
} from "@farthing/ledger";
import { InputError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { writeLines } from "../output/output.ts";
import { nowOf, type LedgerFlags } from "../flags/selection.ts";

const ID_DIGITS = 16;

/** `farthing prices set FILE`: the user's own rate cards; all of the file are recorded, or none. */
export async function setPrices(io: CommandIo, file: string, flags: LedgerFlags): Promise<ExitCode> {
  const now = nowOf(io, flags);
  const cards = await readCards(resolve(io.cwd, file), now);
  const path = ledgerToWrite(flags.ledger, io);
  await using ledger = await openToWrite(path, io, { create: true });
  const { priceSets } = await ledger.view();
  const known = new Set(priceSets.map((event) => contentOf(parseStored(event))));
  const added = cards.filter((card) => !known.has(contentOf(card)));
  await ledger.append(added.map((card) => toEvent(card, now)));
  writeLines(io.stdout, [
    ...added.map((card) => `set  ${card.model} from ${formatInstant(card.effectiveFrom)}`),
    `${String(added.length)} of ${String(cards.length)} rate cards are new; ledger ${path}`,
  ]);
  return EXIT.done;
}

async function readCards(path: string, now: Instant): Promise<readonly RateCard[]> {
  const text = await readFile(path, "utf8");
  try {
    return parseRateCards(JSON.parse(text), { knownFrom: now });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidRateCardError) {
      throw new InputError(`${path}: ${error.message}; nothing was recorded`, { cause: error });
    }
    throw error;
  }
}

function parseStored({ card, occurredAt }: PriceSet): RateCard | null {
  try {
    return parseRateCard(card, { knownFrom: Date.parse(occurredAt) });
  } catch (error) {
    if (error instanceof InvalidRateCardError) return null;
    throw error;
  }
}

/** What a card says besides when it became known, so that setting a file twice records it once. */
function contentOf(card: RateCard | null): string {
  return card === null ? "" : JSON.stringify({ ...rateCardToJson(card), knownFrom: null });
}

function toEvent(card: RateCard, now: Instant): PriceSet {
  const json = rateCardToJson(card);
  const digest = createHash("sha256").update(JSON.stringify(json)).digest("hex").slice(0, ID_DIGITS);
  return {
    type: "PriceSet",
    version: 1,
    id: `price:${digest}`,
    occurredAt: formatInstant(now),
    sources: ["prices-set"],
    card: json,
  };
}
