import { connect, createServer, type Socket } from "node:net";
import { MessageReader, type WireMessage } from "./postgres-messages.ts";

/** Says of a message of a client whether it is the one. */
type When = (message: WireMessage) => boolean;

/** What is to happen to the first message that is the one, of whichever connection. */
interface Fault {
  /** Resolves when it has happened. */
  readonly happened: Promise<void>;
  /** Lets it not happen. */
  remove(): void;
}

/** A message, or the answer to it, that waits, and with it all that follows on its connection. */
interface Held extends Fault {
  /** Lets it go on. */
  release(): void;
}

/** A stand-in for the network between clients and a PostgreSQL server. */
export interface ConnectionCutter extends AsyncDisposable {
  /** The same database and login as a URL of the server, through this. */
  through(url: string): string;
  readonly connections: number;
  /** Cuts all connections now. */
  cutAll(): void;
  /** While it does, connections are cut as soon as they are made. */
  refuse(refuses: boolean): void;
  /** Cuts the connection when the client has sent the message, which never reaches the server. */
  cutBeforeForwarding(when: When): Fault;
  /**
   * Forwards the message, and cuts the connection when the server has answered and is ready for the next: so it has done what
   * was asked, and has committed where that was so asked. Nothing of the answer reaches the client.
   */
  cutAfterForwarding(when: When): Fault;
  /** Cuts the connection when the client has been sent the whole of the answer. */
  cutAfterAnswer(when: When): Fault;
  /** Keeps the message from the server until it is released. */
  hold(when: When): Held;
  /** Forwards the message, and keeps the answer from the client until it is released. */
  holdAnswer(when: When): Held;
}

/** Whether a message carries this text in a statement, sent at once or to be prepared. COMMIT is one. */
export function contains(text: string): When {
  return (message) => (message.type === "Q" || message.type === "P") && message.text.includes(text);
}

type Kind = "before" | "after" | "answered" | "hold" | "hold answer";

interface Planned {
  readonly kind: Kind;
  readonly when: When;
  readonly happen: () => void;
  readonly released: Promise<void>;
}

/** Opens one before a server, on a port of its own. */
export async function openConnectionCutter(serverUrl: string): Promise<ConnectionCutter> {
  const planned = new Set<Planned>();
  const connections = new Set<Connection>();
  const { hostname, port } = new URL(serverUrl);
  let refuses = false;
  const proxy = createServer({ noDelay: true }, (client) => {
    if (refuses) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    const connection = new Connection(client, server, planned);
    connections.add(connection);
    client.once("close", () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("there is no port to listen on");
  const plan = (kind: Kind, when: When): Held => {
    const [happened, released] = [aSignal(), aSignal()];
    const entry = { kind, when, happen: happened.give, released: released.given };
    planned.add(entry);
    return { happened: happened.given, remove: () => planned.delete(entry), release: released.give };
  };
  return {
    through(url) {
      const other = new URL(url);
      other.host = `127.0.0.1:${String(address.port)}`;
      return other.href;
    },
    get connections() {
      return connections.size;
    },
    cutAll() {
      for (const connection of connections) connection.cut();
    },
    refuse(whether) {
      refuses = whether;
    },
    cutBeforeForwarding: (when) => plan("before", when),
    cutAfterForwarding: (when) => plan("after", when),
    cutAfterAnswer: (when) => plan("answered", when),
    hold: (when) => plan("hold", when),
    holdAnswer: (when) => plan("hold answer", when),
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.cut();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

/** One connection of a client, and the one that was made for it to the server. */
class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #planned: Set<Planned>;
  readonly #fromClient = new MessageReader("client");
  readonly #fromServer = new MessageReader("server");
  /** Answers that the server still owes: to the start, to each statement and to each Sync. */
  #owed = 0;
  /** What is to happen to the answer, and how many come before it. */
  #ofAnswer: { readonly fault: Planned; before: number } | null = null;
  /** What the client sent, and what the server did, while something is held. */
  #heldFromClient: WireMessage[] | null = null;
  #heldFromServer: WireMessage[] | null = null;

  constructor(client: Socket, server: Socket, planned: Set<Planned>) {
    this.#client = client;
    this.#server = server;
    this.#planned = planned;
    client.on("data", (bytes: Buffer) => {
      for (const message of this.#fromClient.read(bytes)) this.#sent(message);
    });
    server.on("data", (bytes: Buffer) => {
      for (const message of this.#fromServer.read(bytes)) this.#answered(message);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => undefined);
      one.on("end", () => other.end());
      one.on("close", () => other.destroy());
    }
  }

  /** With a reset, as when a machine has gone: both sides are told of an error and not of an end. */
  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  #sent(message: WireMessage): void {
    if (this.#client.destroyed) return;
    if (this.#heldFromClient !== null) {
      this.#heldFromClient.push(message);
      return;
    }
    if (message.type === "encryption") {
      // What is encrypted could not be read: the server is never asked.
      this.#client.write("N");
      return;
    }
    const fault = [...this.#planned].find(({ when }) => when(message));
    if (fault !== undefined) this.#planned.delete(fault);
    if (fault?.kind === "before") {
      this.cut();
      fault.happen();
      return;
    }
    if (fault?.kind === "hold") {
      this.#heldFromClient = [];
      void fault.released.then(() => {
        const held = [message, ...(this.#heldFromClient ?? [])];
        this.#heldFromClient = null;
        this.#forward(message);
        for (const one of held.slice(1)) this.#sent(one);
      });
      fault.happen();
      return;
    }
    if (fault !== undefined) this.#ofAnswer = { fault, before: this.#owed };
    this.#forward(message);
  }

  #forward({ type, bytes }: WireMessage): void {
    // Query, Sync, FunctionCall: each is answered until the server is ready again.
    if (["startup", "Q", "S", "F"].includes(type)) this.#owed += 1;
    this.#server.write(bytes);
  }

  #answered(message: WireMessage): void {
    const isLast = message.type === "Z";
    if (isLast) this.#owed -= 1;
    const awaited = this.#ofAnswer;
    if (awaited === null) {
      this.#return(message);
      return;
    }
    if (awaited.before > 0) {
      if (isLast) awaited.before -= 1;
      this.#return(message);
      return;
    }
    const { kind, happen, released } = awaited.fault;
    if (kind === "hold answer") {
      this.#ofAnswer = null;
      this.#heldFromServer = [message];
      void released.then(() => {
        const held = this.#heldFromServer ?? [];
        this.#heldFromServer = null;
        for (const one of held) this.#return(one);
      });
      happen();
      return;
    }
    if (kind === "answered") this.#return(message);
    if (!isLast) return;
    this.#ofAnswer = null;
    if (kind === "after") this.cut();
    else this.#client.end(() => this.#server.resetAndDestroy());
    happen();
  }

  #return(message: WireMessage): void {
    if (this.#heldFromServer !== null) this.#heldFromServer.push(message);
    else if (this.#client.writable) this.#client.write(message.bytes);
  }
}

/** A promise, and what fulfils it. */
function aSignal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}
