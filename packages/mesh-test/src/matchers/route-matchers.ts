import { toRedirectTo, toRespondWith } from './answer.ts'
import { type RouteToOptions, toBeUnrouted, toRouteTo, toSplit } from './destination.ts'
import {
  type DurationLike,
  type ExpectedFault,
  toHaveFault,
  toHaveTimeout,
  toMirrorTo,
  toRetryOn,
} from './resilience.ts'
import { type HeaderOptions, toBeRewrittenTo, toRemoveHeader, toSendHeader } from './rewrite.ts'

/** The matchers by name, for any `expect.extend`. */
export const routeMatchers: {
  readonly toBeRewrittenTo: typeof toBeRewrittenTo
  readonly toBeUnrouted: typeof toBeUnrouted
  readonly toHaveFault: typeof toHaveFault
  readonly toHaveTimeout: typeof toHaveTimeout
  readonly toMirrorTo: typeof toMirrorTo
  readonly toRedirectTo: typeof toRedirectTo
  readonly toRemoveHeader: typeof toRemoveHeader
  readonly toRespondWith: typeof toRespondWith
  readonly toRetryOn: typeof toRetryOn
  readonly toRouteTo: typeof toRouteTo
  readonly toSendHeader: typeof toSendHeader
  readonly toSplit: typeof toSplit
} = {
  toBeRewrittenTo,
  toBeUnrouted,
  toHaveFault,
  toHaveTimeout,
  toMirrorTo,
  toRedirectTo,
  toRemoveHeader,
  toRespondWith,
  toRetryOn,
  toRouteTo,
  toSendHeader,
  toSplit,
}

/** The matchers as methods of `expect(mesh.request(…))`; `R` is what they return. */
export interface RouteMatchers<R = void> {
  /** Every request like it goes to this host, short or full; of a split with a `random`, this one does. */
  toRouteTo(host: string, options?: RouteToOptions): R
  /** Requests like it are split exactly so, in percent, by subset or by host. */
  toSplit(shares: Readonly<Record<string, number>>): R
  /** It is redirected there. */
  toRedirectTo(location: string | RegExp, options?: { readonly status?: number }): R
  /** The route answers it at once. */
  toRespondWith(status: number, options?: { readonly body?: string }): R
  /** It goes upstream with this path (query included), this authority, or both. */
  toBeRewrittenTo(expected: { readonly path?: string; readonly authority?: string }): R
  /** A header has this value as it goes on; `%…%` operators are compared as they are written. */
  toSendHeader(name: string, value: string | RegExp, options?: HeaderOptions): R
  /** The route takes a header away. */
  toRemoveHeader(name: string, options?: HeaderOptions): R
  /** The route injects such a fault. */
  toHaveFault(expected?: ExpectedFault): R
  /** The upstream has this long; 0: without end. */
  toHaveTimeout(timeout: DurationLike): R
  /** The route tries again on this condition, by Envoy's name. */
  toRetryOn(
    condition: string,
    expected?: { readonly attempts?: number; readonly perTryTimeout?: DurationLike },
  ): R
  /** Copies go to this host. */
  toMirrorTo(host: string, options?: { readonly percentage?: number; readonly subset?: string }): R
  /** No route takes it. */
  toBeUnrouted(): R
}
