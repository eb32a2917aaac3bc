/** What of a request the SDK hands to a middleware is used here. */
export interface MiddlewareRequest {
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers: Headers;
  readonly body?: unknown;
}

/** What of a middleware's context is used here. */
export interface MiddlewareContext {
  readonly options?:
    | {
        readonly method?: string;
        readonly path?: string;
        readonly body?: unknown;
        readonly signal?: AbortSignal | null | undefined;
        readonly middleware?: readonly unknown[] | undefined;
      }
    | undefined;
}

/**
 * A middleware as the SDK takes it, from 0.101 on.
 *
 * Described by its shape, so that nothing here needs the SDK's types, whatever its version.
 */
export type LedgerMiddleware = <R extends MiddlewareRequest>(
  request: R,
  next: (request: R) => Promise<Response>,
  context: MiddlewareContext,
) => Promise<Response>;
