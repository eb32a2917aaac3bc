import { openMemoryStore } from "@farthing/ledger";
import { describeEventStore } from "../support/describe-event-store.ts";

describeEventStore("memory", async () => openMemoryStore());
