/**
 * What a client or a server of PostgreSQL says in one piece.
 *
 * The form is of the protocol's chapter "Message Formats", https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export interface WireMessage {
  /** The letter of its kind, such as Q, P, B, E, S, X; "startup" for the first of a client, which has none. */
  readonly type: string;
  /** All of it. */
  readonly bytes: Buffer;
  /** Its bytes as text, each a character: a statement can be found in it, and so can its parameters where they are text. */
  readonly text: string;
}

/** The codes in place of a version with which a client asks for encryption; and the one that asks to cancel a query. */
const [SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST] = [80_877_103, 80_877_104, 80_877_102];
const LENGTH_BYTES = 4;

/** Cuts the bytes of one direction of a connection into messages, however they arrive. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);
  #isStarted: boolean;

  constructor(side: "client" | "server") {
    this.#isStarted = side === "server";
  }

  /** The messages that are complete with these bytes. */
  read(bytes: Buffer): WireMessage[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: WireMessage[] = [];
    for (let message = this.#next(); message !== null; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): WireMessage | null {
    const letters = this.#isStarted ? 1 : 0;
    if (this.#rest.length < letters + LENGTH_BYTES) return null;
    const length = letters + this.#rest.readInt32BE(letters);
    if (this.#rest.length < length) return null;
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    const text = bytes.toString("latin1");
    if (this.#isStarted) return { type: text.slice(0, 1), bytes, text };
    const code = bytes.readInt32BE(LENGTH_BYTES);
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { type: "encryption", bytes, text };
    this.#isStarted = true;
    return { type: code === CANCEL_REQUEST ? "cancel" : "startup", bytes, text };
  }
}
