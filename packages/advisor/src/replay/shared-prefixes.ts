import { cacheScope } from "../cache/cache-scope.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";

const PREFIXES_PER_SCOPE = 2 ** 32;

/** Which workloads share prefixes in a cache: what one of them writes, another reads. */
export class SharedPrefixes {
  readonly #trace: Trace;
  readonly #scopes = new Map<string, number>();
  /** By prefix that some request asks to be cached, the first workload that does. */
  readonly #askedBy = new Map<number, string>();
  /** By workload, one that stands for all with which it shares prefixes, itself included. */
  readonly #groups = new Map<string, string>();
  /** The prefixes that requests of several workloads have in common, as far as they ask for caching. */
  readonly #shared = new Set<number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    if (trace.workloads.size < 2) return;
    for (const request of trace.requests) {
      this.#eachPrefix(request, (prefix, isAsked) => {
        if (isAsked && !this.#askedBy.has(prefix)) this.#askedBy.set(prefix, request.workload);
      });
    }
    for (const request of trace.requests) {
      this.#eachPrefix(request, (prefix) => {
        const asker = this.#askedBy.get(prefix);
        if (asker === undefined || asker === request.workload) return;
        this.#shared.add(prefix);
        this.#groups.set(this.#groupOf(request.workload), this.#groupOf(asker));
      });
    }
  }

  /** All workloads of the trace, those together that share prefixes with one another, if only through a third. */
  groups(): readonly (readonly string[])[] {
    const groups = new Map<string, string[]>();
    for (const workload of this.#trace.workloads.keys()) {
      const group = this.#groupOf(workload);
      const others = groups.get(group);
      if (others === undefined) groups.set(group, [workload]);
      else others.push(workload);
    }
    return [...groups.values()];
  }

  /** Places of the requests of other workloads that share prefixes with those of some, in order. */
  neighboursOf(workloads: readonly string[]): readonly number[] {
    if (this.#shared.size === 0) return [];
    const groups = new Set(workloads.map((workload) => this.#groupOf(workload)));
    return [...this.#trace.workloads]
      .filter(([workload]) => !workloads.includes(workload) && groups.has(this.#groupOf(workload)))
      .flatMap(([, members]) => members.filter((index) => this.#sharesAny(index)))
      .sort((a, b) => a - b);
  }

  #sharesAny(index: number): boolean {
    const request = this.#trace.requests[index];
    let shares = false;
    if (request !== undefined) this.#eachPrefix(request, (prefix) => (shares ||= this.#shared.has(prefix)));
    return shares;
  }

  #groupOf(workload: string): string {
    const group = this.#groups.get(workload);
    return group === undefined || group === workload ? workload : this.#groupOf(group);
  }

  /** Every prefix of a request up to its last breakpoint, and whether there is a breakpoint at it. */
  #eachPrefix(
    { prompt, model, workspace, usage }: TraceRequest,
    look: (prefix: number, isAsked: boolean) => void,
  ): void {
    const last = prompt?.breakpoints.at(-1)?.block;
    if (prompt === null || last === undefined) return;
    const name = `${prompt.key} ${cacheScope(model, workspace, usage.speed)}`;
    const scope = this.#scopes.get(name) ?? this.#scopes.size;
    this.#scopes.set(name, scope);
    let next = 0;
    for (let block = 0; block <= last; block += 1) {
      const isAsked = prompt.breakpoints[next]?.block === block;
      if (isAsked) next += 1;
      look(scope * PREFIXES_PER_SCOPE + (prompt.blocks.prefixes[block] ?? 0), isAsked);
    }
  }
}
