import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { describeEventStore } from "../support/describe-event-store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describeEventStore("file", () => openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true }));
