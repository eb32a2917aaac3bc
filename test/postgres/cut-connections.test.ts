import { once } from "node:events";
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from "node:net";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { contains, openConnectionCutter, type ConnectionCutter } from "../support/cut-connections.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { MessageReader } from "../support/postgres-messages.ts";

/** What a client says of it. */
const CUT = /ECONNRESET|terminated|not queryable/;

describe("a connection through the cutter", () => {
  it("passes statements and answers, with values and without", async () => {
    const { client, received } = await connected();
    await client.query("SELECT 1");
    await client.query("SELECT $1::int", [2]);
    expect(received()).toEqual(["SELECT 1", "SELECT $1::int"]);
  });

  it.each([
    ["COMMIT", undefined],
    ["SELECT record($1)", ["x"]],
  ])("is cut before %s reaches the server", async (statement, values) => {
    const { client, received, cutter } = await connected();
    const fault = cutter.cutBeforeForwarding(contains(statement));
    await client.query("BEGIN");
    await expect(client.query(statement, values)).rejects.toThrow(CUT);
    await fault.happened;
    expect(received()).toEqual(["BEGIN"]);
  });

  it.each([
    ["COMMIT", undefined],
    ["SELECT record($1)", ["x"]],
  ])("is cut after the server has done %s and before the client knows", async (statement, values) => {
    const { client, received, cutter } = await connected();
    const fault = cutter.cutAfterForwarding(contains(statement));
    await client.query("BEGIN");
    await expect(client.query(statement, values)).rejects.toThrow(CUT);
    await fault.happened;
    expect(received()).toEqual(["BEGIN", statement]);
  });

  it("is cut when the client has the answer", async () => {
    const { client, cutter } = await connected();
    const fault = cutter.cutAfterAnswer(contains("COMMIT"));
    await expect(client.query("COMMIT")).resolves.toBeDefined();
    await fault.happened;
    await expect(client.query("SELECT 1")).rejects.toThrow(CUT);
  });

  it("holds a statement, and what follows it, until it is released", async () => {
    const { client, received, cutter } = await connected();
    const held = cutter.hold(contains("slow"));
    await client.query("SELECT 1");
    const answer = client.query("SELECT slow", [1]);
    await held.happened;
    expect(received()).toEqual(["SELECT 1"]);
    held.release();
    await answer;
    expect(received()).toEqual(["SELECT 1", "SELECT slow"]);
  });

  it("holds an answer until it is released", async () => {
    const { client, received, cutter } = await connected();
    const held = cutter.holdAnswer(contains("slow"));
    let isAnswered = false;
    const answer = client.query("SELECT slow").then(() => (isAnswered = true));
    await held.happened;
    expect([received(), isAnswered]).toEqual([["SELECT slow"], false]);
    held.release();
    await answer;
  });

  it("gets the answers to what it sent before, and no other, where it does not wait for them", async () => {
    const { cutter, url, received } = await connected();
    cutter.cutAfterForwarding(contains("COMMIT"));
    const socket = connectSocket(Number(new URL(url).port), "127.0.0.1");
    const closed = once(socket, "close");
    const reader = new MessageReader("server");
    const answers: string[] = [];
    socket
      .on("error", () => undefined)
      .on("data", (bytes: Buffer) => {
        answers.push(...reader.read(bytes).map(({ type, text }) => (type === "C" ? text.slice(5, -1) : type)));
      });
    socket.write(
      Buffer.concat([startup(), message("Q", "BEGIN\0"), message("Q", "COMMIT\0"), message("Q", "SELECT 1\0")]),
    );
    await closed;
    expect(answers).toEqual(["R", "Z", "SELECT 0", "Z"]);
    expect(received().slice(0, 2)).toEqual(["BEGIN", "COMMIT"]);
  });

  it("is cut on request, and made anew unless that is refused", async () => {
    const { client, cutter, url } = await connected();
    const ended = new Promise((resolve) => client.once("end", resolve));
    cutter.cutAll();
    await ended;
    await (await connect(url)).query("SELECT 1");
    cutter.refuse(true);
    await expect(connect(url)).rejects.toThrow(CUT);
  });

  it("lets a fault that was removed not happen", async () => {
    const { client, cutter } = await connected();
    cutter.cutBeforeForwarding(contains("COMMIT")).remove();
    await expect(client.query("COMMIT")).resolves.toBeDefined();
  });
});

describe("messages of PostgreSQL's protocol", () => {
  it("are the same, however their bytes arrive", () => {
    const bytes = Buffer.concat([startup(), message("Q", "SELECT 1\0"), message("S", "")]);
    const reader = new MessageReader("client");
    const read = [...bytes].flatMap((byte) => reader.read(Buffer.of(byte)));
    expect(read.map(({ type }) => type)).toEqual(["startup", "Q", "S"]);
    expect(Buffer.concat(read.map(({ bytes }) => bytes))).toEqual(bytes);
    expect(new MessageReader("client").read(bytes).map(({ text }) => text)).toEqual(read.map(({ text }) => text));
  });
});

describeWithPostgres("a commit to PostgreSQL whose connection is cut", {}, (server) => {
  it.each([
    ["before it is forwarded", "cutBeforeForwarding", 0],
    ["before the answer passes back", "cutAfterForwarding", 1],
  ] as const)("%s fails for the client, and the server has done it or not", async (_title, cut, kept) => {
    const url = await server().newDatabase();
    const direct = await connect(url);
    await direct.query("CREATE TABLE kept (number int)");
    const cutter = await opened(url);
    const client = await connect(cutter.through(url));
    cutter[cut](contains("COMMIT"));
    await client.query("BEGIN");
    await client.query("INSERT INTO kept VALUES ($1)", [1]);
    await expect(client.query("COMMIT")).rejects.toThrow(CUT);
    expect((await direct.query("SELECT number FROM kept")).rows).toHaveLength(kept);
  });
});

/** A client that is connected, through a cutter, to a server that does nothing but note and answer. */
async function connected(): Promise<{
  readonly client: pg.Client;
  readonly cutter: ConnectionCutter;
  readonly url: string;
  readonly received: () => readonly string[];
}> {
  const received: string[] = [];
  const server = createServer((socket) => answer(socket, received));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const cutter = await opened(`postgresql://a:b@127.0.0.1:${String((server.address() as AddressInfo).port)}/c`);
  const url = cutter.through("postgresql://a:b@127.0.0.1:1/c");
  return { client: await connect(url), cutter, url, received: () => received };
}

async function opened(url: string): Promise<ConnectionCutter> {
  const cutter = await openConnectionCutter(url);
  onTestFinished(() => cutter[Symbol.asyncDispose]());
  return cutter;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

/** Answers as a server does, and notes each statement when it would be done. */
function answer(socket: Socket, received: string[]): void {
  const ready = message("Z", "I");
  const reader = new MessageReader("client");
  let parsed = "";
  socket.on("error", () => undefined);
  socket.on("data", (bytes: Buffer) => {
    for (const { type, text } of reader.read(bytes)) {
      if (type === "startup") socket.write(Buffer.concat([message("R", "\0\0\0\0"), ready]));
      if (type === "P") parsed = text.slice(6).split("\0")[0] ?? "";
      if (type === "Q") {
        received.push(text.slice(5, -1));
        socket.write(Buffer.concat([message("C", "SELECT 0\0"), ready]));
      }
      if (type === "S") {
        received.push(parsed);
        const done = [message("1", ""), message("2", ""), message("n", ""), message("C", "SELECT 0\0")];
        socket.write(Buffer.concat([...done, ready]));
      }
    }
  });
}

function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, "latin1")]);
}

function startup(): Buffer {
  return message("", "\0\x03\0\0user\0a\0\0");
}
