import fc from "fast-check";
import { eventIds, events } from "./arbitraries.ts";

/** Values that some field of an event accepts, and others that none does. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    "",
    "text",
    "5m",
    "estimated",
    "2026-10-01T10:00:00.000Z",
    "2026-02-30T10:00:00.000Z",
  ),
  fc.constantFrom<unknown>(
    "2026-10-01T10:00:00Z",
    "0123456789abcdef",
    "omitted",
    "tools",
    -1,
    -0,
    0,
    0.5,
    NaN,
    2 ** 53,
    7n,
  ),
  fc.constantFrom<unknown>(
    true,
    [],
    {},
    ["b", "a"],
    ["a", "a"],
    [null],
    new Date(0),
    new Map(),
    JSON.parse('{"__proto__":{}}'),
  ),
);

/** An event with one value somewhere in it replaced, added or taken away. */
export const alteredEvents: fc.Arbitrary<unknown> = fc
  .record({
    event: events(eventIds),
    place: fc.nat(),
    value: values,
    name: fc.constantFrom("ttl", "extra", "prompt", "__proto__"),
  })
  .map(({ event, place, value, name }) => {
    const copy: unknown = structuredClone(event);
    const objects = objectsIn(copy);
    const object = objects[place % objects.length] ?? {};
    const names = [...Object.keys(object), name];
    const chosen = names[Math.floor(place / objects.length) % names.length] ?? name;
    Object.defineProperty(object, chosen, { value, enumerable: true, configurable: true, writable: true });
    return copy;
  });

function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}
