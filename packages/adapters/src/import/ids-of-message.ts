import type { CallIds } from "@farthing/ledger";
import { type JsonObject, ownText } from "../ndjson/json-object.ts";

/** The ids that a message of the API has, and the request it answers. */
export function idsOfMessage(message: JsonObject, request: string | null): CallIds {
  return {
    message: ownText(message, "id"),
    request,
    workspace: null,
    batch: null,
    custom: null,
    previousMessage: null,
  };
}
