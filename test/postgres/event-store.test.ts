import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { connect, parsePostgresUrl, PostgresEventStore } from "@farthing/ledger/postgres";
import { describeEventStore } from "../support/describe-event-store.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { ReusedLedger } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describeWithAnyPostgres("PostgreSQL", (server) => {
  const reused = new ReusedLedger(server);

  describeEventStore("postgres", async () => {
    const database = await connect(parsePostgresUrl(await reused.empty()), { connections: 1 });
    return new PostgresEventStore(database);
  });

  describeEventStore("a ledger in a database as an", async () => {
    const folder = temporaryFolder();
    const shared = { url: await reused.empty(), replica: join(folder, "replica"), outbox: join(folder, "outbox") };
    return openLedger(shared, { mode: "write" });
  });
});
