import { canonicalJson } from "../events/canonical.ts";
import type { CallContext } from "../events/event.ts";
import { owned } from "./owned-text.ts";
import type { RowContext } from "./request-rows.ts";

/** Past this many lists of sources their numbers would meet those of labels. */
const SOURCES_MAX = 2 ** 26;

/**
 * Gives equal contexts one index, in the order in which they are met.
 *
 * The parts of a context are known by their JSON: there are far fewer of each than of what they make together.
 */
export class ContextBuilder {
  readonly #contexts = new Values<CallContext>();
  readonly #labels = new Values<RowContext["labels"]>();
  readonly #sources = new Values<RowContext["sources"]>();
  readonly #workspaces = new Values<RowContext["workspace"]>();
  /** By the number of the workspace, by that of the caller's context, and then by those of labels and sources. */
  readonly #indexes: Map<number, number>[][] = [];
  readonly #entries: RowContext[] = [];

  /** The index of a context. */
  of({ context, labels, sources, workspace }: RowContext): number {
    const [labelsText, sourcesText] = [canonicalJson(labels), JSON.stringify(sources)];
    return this.ofTexts(textOfContext(context), labelsText, sourcesText, JSON.stringify(workspace));
  }

  /**
   * The index of a context whose parts are in JSON.
   *
   * @throws SyntaxError for what is no JSON.
   */
  ofTexts(context: string, labels: string, sources: string, workspace: string): number {
    const contextNumber = this.#contexts.numberOf(context);
    const labelsNumber = this.#labels.numberOf(labels);
    const sourcesNumber = this.#sources.numberOf(sources);
    const workspaceNumber = this.#workspaces.numberOf(workspace);
    const indexes = ((this.#indexes[workspaceNumber] ??= [])[contextNumber] ??= new Map<number, number>());
    const key = labelsNumber * SOURCES_MAX + sourcesNumber;
    const held = indexes.get(key);
    if (held !== undefined) return held;
    const entry = {
      context: knownContext(this.#contexts.at(contextNumber)),
      labels: this.#labels.at(labelsNumber),
      sources: this.#sources.at(sourcesNumber),
      workspace: this.#workspaces.at(workspaceNumber),
    };
    const index = this.#entries.push(entry) - 1;
    indexes.set(key, index);
    return index;
  }

  /** The context with an index. */
  at(index: number): RowContext {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`there is no context ${String(index)}`);
    return entry;
  }
}

/** Values by their JSON, numbered in the order in which they are met. */
class Values<T> {
  readonly #numbers = new Map<string, number>();
  readonly #values: T[] = [];

  numberOf(json: string): number {
    const held = this.#numbers.get(json);
    if (held !== undefined) return held;
    const number = this.#values.push(JSON.parse(json) as T) - 1;
    this.#numbers.set(owned(json), number);
    return number;
  }

  at(number: number): T {
    return this.#values[number] as T;
  }
}

/** The fields that this release knows, always in the same order. */
function knownContext(context: CallContext): CallContext {
  const { session, project, agent, gitBranch, clientVersion, service, release, host, environment, callSite } = context;
  return { session, project, agent, gitBranch, clientVersion, service, release, host, environment, callSite };
}

/** The same text for a context as this release writes of it. */
function textOfContext(context: CallContext): string {
  const { agent, callSite, clientVersion, environment, gitBranch, host, project, release, service, session } = context;
  // In order of their names, as in canonical JSON.
  return JSON.stringify({
    agent,
    callSite,
    clientVersion,
    environment,
    gitBranch,
    host,
    project,
    release,
    service,
    session,
  });
}
