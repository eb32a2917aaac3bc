export type Method = (...args: readonly unknown[]) => unknown;

/** What a method does instead; `original` is what it did, to be called on `self` with `Reflect.apply`. */
export type Override = (original: Method, self: object, args: readonly unknown[]) => unknown;

/**
 * Overrides methods of single objects, out of sight of whoever lists their fields.
 *
 * An object is given a prototype that lies before its own and serves all objects of its kind: methods of its own would take
 * many times as long to set as everything else that is done to it.
 */
export class Overrides {
  readonly #methods: readonly (readonly [PropertyKey, Override])[];
  readonly #names: readonly PropertyKey[];
  readonly #getter: readonly [PropertyKey, Override] | null;
  readonly #prototypes = new WeakMap<object, object>();

  constructor(
    methods: Readonly<Record<PropertyKey, Override>>,
    getter: readonly [PropertyKey, Override] | null = null,
  ) {
    this.#methods = Reflect.ownKeys(methods).flatMap((name) => {
      const override = methods[name as string];
      return override === undefined ? [] : [[name, override] as const];
    });
    this.#names = this.#methods.map(([name]) => name);
    this.#getter = getter;
  }

  /** Gives them to an object; those of methods that it has not are left out. */
  give(object: object): void {
    const base = Object.getPrototypeOf(object) as object | null;
    // Fields of its own come before any prototype: then so must these.
    if (base === null || base === Object.prototype || this.#hasOwn(object)) {
      this.#define(object, object);
      return;
    }
    let prototype = this.#prototypes.get(base);
    if (prototype === undefined) {
      prototype = Object.create(base) as object;
      this.#define(prototype, base);
      this.#prototypes.set(base, prototype);
    }
    Object.setPrototypeOf(object, prototype);
  }

  #hasOwn(object: object): boolean {
    // By index, as it is done for every call: an iterator would take longer.
    for (let index = 0; index < this.#names.length; index += 1) {
      if (Object.hasOwn(object, this.#names[index] ?? "")) return true;
    }
    return false;
  }

  #define(target: object, base: object): void {
    for (const [name, override] of this.#methods) {
      const original: unknown = Reflect.get(base, name);
      if (typeof original === "function") {
        define(target, name, { value: overridden(original as Method, override), writable: true });
      }
    }
    if (this.#getter === null) return;
    const [name, override] = this.#getter;
    define(target, name, { get: overridden(getterOf(base, name), override) });
  }
}

function define(object: object, name: PropertyKey, what: PropertyDescriptor): void {
  Object.defineProperty(object, name, { ...what, configurable: true, enumerable: false });
}

function overridden(original: Method, override: Override): Method {
  return function (this: object, ...args: readonly unknown[]) {
    return override(original, this, args);
  };
}

function getterOf(base: object, name: PropertyKey): Method {
  let holder: unknown = base;
  while (typeof holder === "object" && holder !== null) {
    const found = Object.getOwnPropertyDescriptor(holder, name);
    if (found !== undefined) {
      const { get, value } = found as unknown as { readonly get?: Method; readonly value?: unknown };
      return get ?? (() => value);
    }
    holder = Object.getPrototypeOf(holder);
  }
  return () => undefined;
}
