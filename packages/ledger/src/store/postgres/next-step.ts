const REACH = "the host and the port of the URL, and whether a firewall is between";

/** By codes of Node.js ("Common system errors") and of PostgreSQL (appendix "Error Codes"). */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: see whether the server runs, and the host and the port of the URL",
  ENOTFOUND: "no host has this name: see the host of the URL",
  EAI_AGAIN: "the name could not be looked up: see the network of this machine, and the host of the URL",
  ETIMEDOUT: `the server did not answer: see ${REACH}`,
  EHOSTUNREACH: `the server cannot be reached: see ${REACH}`,
  ENETUNREACH: `the server cannot be reached: see the network of this machine, and ${REACH}`,
  ECONNRESET: "the connection broke: see whether the server runs, and its log",
  53100: "the disk of the server is full: make room there",
};

/** What `pg` says without a code. */
const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  [/due to connection timeout|timeout exceeded when trying to connect/, `the server did not answer: see ${REACH}`],
  [/terminated unexpectedly/, "the connection broke: see whether the server runs, and its log"],
  [/does not support SSL/, "TLS was asked for: see sslmode in the URL, or PGSSLMODE, or have the server offer it"],
];

/** What happened, and what to look at, where an error of `pg` does not say so itself; null where it does. */
export function nextStep(code: string, why: string): string | null {
  return BY_CODE[code] ?? BY_TEXT.find(([text]) => text.test(why))?.[1] ?? null;
}
