import type { CostDriverRow } from "@farthing/ledger";

/** Where requests whose model ids name no platform were sent. */
export const PLATFORMS = ["claude-api", "claude-on-aws", "bedrock", "vertex", "foundry"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Who sells a model, and as what. */
export interface Seller {
  readonly ProviderName: string;
  readonly PublisherName: string;
  readonly InvoiceIssuerName: string;
  readonly ServiceName: string;
}

/**
 * A cloud makes the models available and invoices them; Anthropic makes them. Source: the scenarios 3.2, an offering of a
 * cloud's marketplace, and 4.1, bought directly, of the specification's appendix on the origination of cost data.
 */
const SELLERS: Readonly<Record<Platform, Seller>> = {
  "claude-api": sellerOf("Anthropic", "Claude API"),
  "claude-on-aws": sellerOf("AWS", "Claude Platform on AWS"),
  bedrock: sellerOf("AWS", "Amazon Bedrock"),
  vertex: sellerOf("Google Cloud", "Vertex AI"),
  foundry: sellerOf("Microsoft", "Microsoft Foundry"),
};

/** Who sells what was sent to a platform; `anthropic` is one that no model id names. */
export function sellerFor(platform: CostDriverRow["platform"], unnamed: Platform): Seller {
  return SELLERS[platform === "anthropic" ? unnamed : platform];
}

function sellerOf(name: string, service: string): Seller {
  return { ProviderName: name, PublisherName: "Anthropic", InvoiceIssuerName: name, ServiceName: service };
}
