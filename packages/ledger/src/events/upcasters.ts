import type { LedgerEvent, UnknownEvent } from "./event.ts";

/** Turns an event of one version into the next; pure, and adds nothing that the old version did not say. */
export type Upcaster = (event: UnknownEvent) => UnknownEvent;

/** Upcasters by `Type@version`, the version being the one they take. */
export type Upcasters = ReadonlyMap<string, Upcaster>;

/** Every released version that is no longer current has one; none is yet. */
export const UPCASTERS: Upcasters = new Map();

/** An event in the newest version that a chain of upcasters leads to. */
export function upcast(event: UnknownEvent, upcasters: Upcasters = UPCASTERS): LedgerEvent {
  let current = event;
  for (;;) {
    const next = upcasters.get(`${current.type}@${String(current.version)}`)?.(current);
    if (next === undefined) return current;
    if (next.version <= current.version) {
      throw new RangeError(`the upcaster of ${current.type}@${String(current.version)} does not raise the version`);
    }
    current = next;
  }
}
