import { cacheScope } from "../cache/cache-scope.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";

/** Which prefixes several workloads ask a cache for: what one of them writes, another reads. */
export class SharedPrefixes {
  readonly #trace: Trace;
  readonly #shared: ReadonlySet<string>;
  /** Places of the requests that ask for any of them. */
  readonly #sharing: readonly number[];

  constructor(trace: Trace) {
    this.#trace = trace;
    const askedBy = new Map<string, string>();
    const shared = new Set<string>();
    for (const request of trace.requests) {
      for (const prefix of askedFor(request)) {
        const first = askedBy.get(prefix);
        if (first === undefined) askedBy.set(prefix, request.workload);
        else if (first !== request.workload) shared.add(prefix);
      }
    }
    this.#shared = shared;
    this.#sharing =
      shared.size === 0 ? [] : [...trace.requests.keys()].filter((index) => this.#sharedBy(index).length > 0);
  }

  /** Places of the requests of others that ask for a prefix which some requests ask for too, in order. */
  neighboursOf(members: readonly number[]): readonly number[] {
    if (this.#sharing.length === 0) return [];
    const own = new Set(members);
    const asked = new Set(members.flatMap((index) => this.#sharedBy(index)));
    return this.#sharing.filter(
      (index) => !own.has(index) && this.#sharedBy(index).some((prefix) => asked.has(prefix)),
    );
  }

  #sharedBy(index: number): readonly string[] {
    const request = this.#trace.requests[index];
    return request === undefined ? [] : askedFor(request).filter((prefix) => this.#shared.has(prefix));
  }
}

function askedFor({ prompt, model, workspace, usage }: TraceRequest): readonly string[] {
  if (prompt === null || prompt.breakpoints.length === 0) return [];
  const scope = `${prompt.key} ${cacheScope(model, workspace, usage.speed)}`;
  return prompt.breakpoints.map(({ block }) => `${scope} ${String(prompt.blocks.prefixes[block] ?? 0)}`);
}
