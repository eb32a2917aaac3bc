const BEFORE = Buffer.from(`,"event":`);
const AFTER = Buffer.from(`,"at":`);

/**
 * The event in the body of a line, as it was written: its text would differ where it was encoded again by a release that
 * writes it in another way. Of lines of the copy of a ledger in a database, which always say when they were recorded.
 */
export function eventBytes(body: Buffer): Buffer {
  return body.subarray(body.indexOf(BEFORE) + BEFORE.length, body.lastIndexOf(AFTER));
}
