import type { MessageCreateParamsBase } from "@anthropic-ai/sdk/resources/messages/messages";

type Params = Required<Pick<MessageCreateParamsBase, "model" | "max_tokens" | "system" | "tools" | "messages">>;

/** What a service asks again and again: the same tools, instructions and history, and at the end something new. */
export function promptOf(size: "small" | "large"): (call: number) => Params {
  const { instructions, history } = size === "small" ? SMALL : LARGE;
  const system: Params["system"] = [
    { type: "text", text: textOf("instructions", instructions), cache_control: { type: "ephemeral" } },
  ];
  const before: Params["messages"] = history.map((characters, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: textOf(`turn ${String(index)}`, characters),
  }));
  const question = textOf("question", 1_100);
  return (call) => ({
    model: "claude-opus-4-5",
    max_tokens: 1_024,
    system,
    tools: TOOLS,
    messages: [...before, { role: "user", content: `${String(call)} ${question}` }],
  });
}

const SMALL = { instructions: 2_200, history: [] };
const LARGE = { instructions: 60_000, history: Array.from({ length: 20 }, () => 1_900) };

const TOOLS: Params["tools"] = ["search_orders", "refund_order"].map((name) => ({
  name,
  description: textOf(name, 240),
  input_schema: {
    type: "object",
    properties: {
      order: { type: "string", description: "The number of the order" },
      limit: { type: "integer", minimum: 1, maximum: 100 },
    },
    required: ["order"],
  },
}));

/** Words of a length, as one flat string; each topic's are others. */
export function textOf(topic: string, characters: number): string {
  let text = "";
  for (let word = 0; text.length < characters; word += 1)
    text += `${topic} says "${String((word * 7919) % 10_007)}".\n`;
  return Buffer.from(text.slice(0, characters)).toString("latin1");
}
