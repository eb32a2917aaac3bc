import { describeUrl, InvalidSettingError } from "@farthing/ledger";
import { parsePostgresUrl } from "@farthing/ledger/postgres";
import { describe, expect, it } from "vitest";

describe("the URL of a database", () => {
  it.each([
    "postgres://ada@db.internal/usage",
    "postgresql://ada:p%40ss%2Fw0rd@db.internal:5433/usage?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem",
    "postgres:///usage?host=/var/run/postgresql",
    "postgres://db.internal",
  ])("may be %s", (url) => {
    expect(parsePostgresUrl(url)).toBe(url);
    expect(describeUrl(url)).not.toMatch(/ada|p%40/);
  });

  it.each(["123/s3cret", "5#s3cret", "5?s3cret", "5/s3cret/x", "5?a=s3cret"])(
    "is refused where the password %s is not encoded, and would be taken for the name",
    (password) => {
      const parse = (): string => parsePostgresUrl(`postgres://ada:${password}@db.internal/usage`);
      expect(parse).toThrow(InvalidSettingError);
      expect(parse).toThrow(/percent-encoded/);
      expect(parse).not.toThrow(/s3cret/);
    },
  );
});
