import type { RoutedRequest } from '../routed-request.ts'

/** What a matcher says, as vitest and jest take it. */
export interface Verdict {
  readonly pass: boolean
  /** Called if the assertion fails, negated or not. */
  readonly message: () => string
}

/** What a matcher looked for, and what it found. */
export interface Comparison {
  readonly pass: boolean
  /** In words that follow those of the request: `route to reviews`. */
  readonly wanted: string
  readonly got: string
}

/** Puts a comparison into words, with the reason why the request took the route it took. */
export function verdict(routed: RoutedRequest, { pass, wanted, got }: Comparison): Verdict {
  const not = pass ? 'not ' : ''
  return {
    pass,
    message: () => `expected ${routed.line} ${not}to ${wanted}, got ${got}\n\n${routed}`,
  }
}

/**
 * The routed request that a matcher was given.
 *
 * @throws {TypeError} if it is something else, or nobody can tell without a draw: a matcher that
 * only did not pass would be content with anything once negated.
 */
export function routedFrom(received: unknown): RoutedRequest {
  const isRouted =
    typeof received === 'object' && received !== null && 'outcome' in received && 'sent' in received
  if (!isRouted) {
    throw new TypeError('expected what mesh.request(…) returns, got something else')
  }
  // What has these two members is ours.
  const routed = received as RoutedRequest
  if (routed.needsDraw) {
    throw new TypeError(
      `expected a draw, such as { random: 0 }, because a runtime fraction decides which route takes ${routed.line}, got none`,
    )
  }
  return routed
}
