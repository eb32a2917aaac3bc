import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LedgerUnavailableError } from "@farthing/ledger";
import { connect, migrateLedger, parsePostgresUrl } from "@farthing/ledger/postgres";
import pg from "pg";
import { expect, it, onTestFinished, vi } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { serverUser } from "../support/postgres-program.ts";
import { openShared } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describeWithPostgres(
  "a ledger in a database that is reached through TLS",
  { isAlone: true, isFast: true },
  (server) => {
    /** Has the server answer with a certificate for 127.0.0.1 alone; returns the file of the authority that made it. */
    async function withCertificate(): Promise<string> {
      const folder = temporaryFolder();
      chmodSync(folder, 0o755);
      const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
      const openssl = (...args: readonly string[]): void => {
        execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
      };
      const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
      openssl(
        "req",
        "-x509",
        ...newKey,
        "-days",
        "2",
        "-subj",
        "/CN=An authority",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
      );
      openssl("req", ...newKey, "-subj", "/CN=db.internal", "-keyout", "key.pem", "-out", "request.pem");
      writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1\n");
      const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"];
      openssl("x509", "-req", "-in", "request.pem", ...signing, "-out", "certificate.pem");
      const user = serverUser();
      if (user !== null) chownSync(key, user.uid, user.gid);
      chmodSync(key, 0o600);
      const client = new pg.Client({ connectionString: server().url });
      await client.connect();
      await client.query(`alter system set ssl_cert_file = '${certificate}'`);
      await client.query(`alter system set ssl_key_file = '${key}'`);
      await client.query("alter system set ssl = on");
      await client.end();
      await server().restart();
      return join(folder, "ca.pem");
    }

    async function isEncrypted(url: string): Promise<unknown> {
      const database = await connect(parsePostgresUrl(url));
      try {
        const { rows } = await database.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
        return rows[0]?.[0];
      } finally {
        await database.end();
      }
    }

    async function refusalOf(url: string): Promise<string> {
      const error: unknown = await isEncrypted(url).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LedgerUnavailableError);
      const { message } = error as LedgerUnavailableError;
      expect(message).not.toContain(new URL(url).password);
      return message;
    }

    it("is not asked for anything where TLS is asked for and the server has none", async () => {
      expect(await refusalOf(`${await server().newDatabase()}?sslmode=verify-full`)).toMatch(/does not support SSL/i);
    });

    it("works as any other, and is refused where its certificate is not vouched for, or is another host's", async () => {
      const url = await server().newDatabase();
      const authority = encodeURIComponent(await withCertificate());
      const checked = `${url}?sslmode=verify-full&sslrootcert=${authority}`;
      expect(await isEncrypted(url), "neither is set by itself").toBe(false);
      expect(await isEncrypted(checked)).toBe(true);
      await migrateLedger({ url: checked });
      const ledger = await openShared(checked, "write");
      await ledger.append([aRequestCompleted({})]);
      expect((await ledger.spend()).total.requests).toBe(1);
      expect(await refusalOf(`${url}?sslmode=verify-full`)).toMatch(/self-signed certificate|unable to verify/i);
      expect(await refusalOf(checked.replace("127.0.0.1", "localhost"))).toMatch(/localhost.*does not match|altnames/i);
      vi.stubEnv("PGSSLMODE", "verify-full");
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      expect(await refusalOf(url)).toMatch(/self-signed certificate|unable to verify/i);
    });
  },
);
