import { join } from "node:path";
import { expect, it } from "vitest";
import { decodePosition } from "../../packages/ledger/src/store/file/position.ts";
import type { Position } from "../../packages/ledger/src/store/event-store.ts";
import type { DiskTree } from "../support/crash-disk.ts";
import { FakeDatabase, Outbox, requests } from "./bounded-outbox.ts";

const SEGMENTS = "/outbox/segments";

/** Says of bytes of a segment that syncing them has failed. */
function mark({ disk }: Outbox, segment: string, [from, to]: readonly [number, number]): void {
  disk.create(join(SEGMENTS, segment.replace(/ndjson$/, `${String(from)}-${String(to)}.unsure`)));
}

/** Up to which byte of which segment lines were forwarded, as the folder says, and how many bytes these segments have. */
function claimsIn(tree: DiskTree): readonly { readonly byte: number; readonly bytes: number }[] {
  return [...tree].flatMap(([path, text]) => {
    if (!/forward-[0-9a-f]{16}\.json$/.test(path) || text === null) return [];
    const { position } = JSON.parse(text.toString("utf8")) as { position: Position };
    return [...decodePosition(position)].map(([writer, { segment, byte }]) => {
      const name = `${writer}-${String(segment).padStart(8, "0")}.ndjson`;
      return { byte, bytes: tree.get(join(SEGMENTS, name))?.length ?? 0 };
    });
  });
}

it("a folder of which a sync has failed once is forwarded once, and so it is by the next process", async () => {
  const [outbox, database] = [new Outbox(), new FakeDatabase()];
  {
    await using host = await outbox.start({ database });
    for (let from = 1; from <= 20; from += 4) await host.ledger.append(requests(from, 4));
    const [first = "", second] = outbox.segments();
    expect(second).toBeDefined();
    mark(outbox, first, [0, 100]);
    for (let passes = 0; passes < 3; passes += 1) await host.pass();
    expect(database.sent).toHaveLength(20);
    await host.ledger.append(requests(21, 1));
    await host.pass();
  }
  await using next = await outbox.start({ database });
  await next.pass();
  expect(database.sent).toHaveLength(21);
});

it("what may be cut off at a log's end is sent again by the next process alone, until the log goes on", async () => {
  const [outbox, database] = [new Outbox(), new FakeDatabase()];
  {
    await using host = await outbox.start({ database });
    await host.ledger.append(requests(1, 2));
    await host.pass();
    await host.ledger.append(requests(3, 2));
    mark(outbox, outbox.segments().at(-1) ?? "", [100, 200]);
    for (let passes = 0; passes < 3; passes += 1) await host.pass();
    expect(database.sent).toHaveLength(4);
  }
  {
    await using host = await outbox.start({ database });
    expect(new Set(database.sent.slice(4).map(({ id }) => id))).toEqual(new Set(["msg:3", "msg:4"]));
    await host.ledger.append(requests(5, 1));
    await host.pass();
  }
  await using next = await outbox.start({ database });
  await next.pass();
  expect(database.sent).toHaveLength(7);
});

it("a folder says of no line that it was forwarded which a loss of power could still take", async () => {
  const [outbox, other, database] = [new Outbox(), new Outbox(), new FakeDatabase()];
  {
    await using host = await other.start({});
    await host.ledger.append(requests(1, 4));
  }
  const [name = ""] = other.segments();
  const claims: { readonly byte: number; readonly bytes: number }[] = [];
  const onChange = (): void => {
    claims.push(...claimsIn(outbox.disk.durable()));
  };
  await using host = await outbox.start({ database, program: { onChange } });
  // Of a process that has not come to sync it.
  outbox.disk.write(outbox.disk.create(join(SEGMENTS, name)), other.disk.file(join(SEGMENTS, name)).bytes);
  await host.pass();
  expect(database.sent).toHaveLength(4);
  expect(claims.filter(({ byte }) => byte > 0).length).toBeGreaterThan(0);
  expect(claims.filter(({ byte, bytes }) => byte > bytes)).toEqual([]);
});
