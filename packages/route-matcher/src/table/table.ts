import type { HashOfKeys } from '../action/weights.ts'
import type { RouteAnswer } from '../answer/route-answer.ts'
import type { VirtualHostJson } from '../config/config.ts'
import type { ReadDataSource } from '../config/data-source.ts'
import type { RouteFault } from '../config/errors.ts'
import type { RegexEngine } from '../regex/regex-engine.ts'
import type { Request } from '../request/request.ts'
import type { Explanation } from './explanation.ts'
import type { Match } from './match.ts'

/** A compiled route configuration. Immutable; matching neither throws nor changes it. */
export interface RouteTable {
  readonly name: string
  /** Names of the virtual hosts, in order. */
  readonly virtualHosts: readonly string[]
  /** Every cluster that the configuration names, once, for whoever checks that they exist (`validateClusters`). */
  readonly clusters: readonly string[]
  readonly validateClusters: boolean
  /** Lower-case names of headers that only internal requests may carry. */
  readonly internalOnlyHeaders: readonly string[]
  /** Fields that were read and are handed on or left out, but not acted on here. */
  readonly warnings: readonly RouteFault[]
  /** The route that `request` takes, or undefined: answer 404. */
  match(request: Request, options?: MatchOptions): Match | undefined
  /** Why: every route that was looked at and the first predicate that failed. */
  explain(request: Request, options?: MatchOptions): Explanation
  /** What a route asks for, in the order in which `explain` asks; empty without such a route. Both places count from 0. */
  predicates(virtualHostIndex: number, routeIndex: number): readonly RoutePredicate[]
  /**
   * Everything that a route does with a request it takes, as plain data: two routes with deeply equal answers treat every
   * request alike. Undefined without such a route. Both places count from 0; route -1 is the redirect of `require_tls`.
   * Worked out on each call, linear in the size of the route.
   */
  answer(virtualHostIndex: number, routeIndex: number): RouteAnswer | undefined
  /**
   * A table with one virtual host, found by its name, replaced; the others are shared, not compiled again. This table stays as
   * it is. Costs the compilation of that virtual host, and a step for each domain of the others.
   *
   * @throws {RouteConfigError} if not exactly one virtual host has that name, or anything in it is wrong, as `compileRoutes` does.
   */
  withVirtualHost(virtualHost: VirtualHostJson): RouteTable
}

/** One thing that a route asks of a request. */
export interface RoutePredicate {
  /** In words. */
  readonly description: string
  /** It is decided by the draw of the request alone: a runtime fraction. */
  readonly draw: boolean
}

/** Options of `table.match` and `table.explain`. */
export interface MatchOptions {
  /**
   * The one draw of this request; it decides runtime fractions and weights alike, as in Envoy.
   * An integer, uniform over a range much larger than the weights, or a fraction in (0, 1), which is scaled to one.
   * Default: 0.
   */
  readonly random?: number
  /**
   * Overrides of runtime keys: percents of `runtime_fraction` (0 to 100, above that always) and weights under
   * `runtime_key_prefix`, both whole numbers. Undefined: the key is not set, and what the configuration says counts.
   * Default: no key is set.
   */
  readonly runtime?: ((key: string) => number | undefined) | undefined
}

/** Options of `compileRoutes`. */
export interface CompileOptions {
  /** Default: re2js. */
  readonly regexEngine?: RegexEngine
  /** Hashes for weighted clusters with `use_hash_policy`, which are a fault without it; `hashOfKeys` of `@meshwright/lb-algorithms` is Envoy's. */
  readonly hashOfKeys?: HashOfKeys | undefined
  /** Reads what a data source names (a file, an environment variable) while compiling; without it such a source is a fault. */
  readonly readDataSource?: ReadDataSource | undefined
  /**
   * Which of the routes that take a request wins. `first-match`: the first of the list (Envoy, Istio). `most-specific`: the
   * one that Kubernetes Gateway API ranks highest: exact path, then longer path, then method, then more headers, then more
   * query parameters, then the order of the list. Default: `first-match`.
   */
  readonly order?: 'first-match' | 'most-specific'
}
