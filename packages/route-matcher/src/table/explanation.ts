/** Why a request takes the route it takes. `String(explanation)` is for people. */
export interface Explanation {
  /** Undefined: no domain fits the authority. */
  readonly virtualHost: { readonly name: string; readonly domain: string } | undefined
  /** How the matcher of the virtual host chose the routes, step by step; empty without one. */
  readonly matcher: readonly string[]
  /** The routes in order, up to and with the one that matched. */
  readonly candidates: readonly Candidate[]
  /** In one line, what happens to the request. */
  readonly outcome: string
  toString(): string
}

/** A route that a request was put to. */
export interface Candidate {
  readonly index: number
  readonly name: string
  readonly matched: boolean
  /** How many of the route's predicates held before one failed: all of them if it matched. In the order of `table.predicates`. */
  readonly held: number
  /** The first predicate that failed. */
  readonly failed: { readonly predicate: string; readonly saw: string } | undefined
}
