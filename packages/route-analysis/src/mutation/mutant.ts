import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { RouteRef } from '../route-ref.ts'

/** What was changed. */
export type MutantKind =
  | 'changed-case'
  | 'changed-cluster'
  | 'changed-fraction'
  | 'changed-literal'
  | 'changed-match-kind'
  | 'changed-range'
  | 'changed-regex'
  | 'changed-retry'
  | 'changed-status'
  | 'changed-timeout'
  | 'changed-weight'
  | 'dropped-condition'
  | 'dropped-filter-config'
  | 'dropped-hash-policy'
  | 'dropped-header-mutation'
  | 'dropped-mirror'
  | 'dropped-redirect-part'
  | 'dropped-rewrite'
  | 'dropped-route'
  | 'inverted-condition'
  | 'swapped-routes'

/** A configuration with one fault put in. It compiles. */
export interface Mutant {
  /** The same in every run, for example `virtualHosts[0].routes[2] changed-literal match.prefix`. */
  readonly id: string
  readonly kind: MutantKind
  /** The route that was changed, as the original places it. */
  readonly ref: RouteRef
  /** In words, with what was there and what is there now. */
  readonly description: string
  /** Made anew each time it is read; shares with the original all that was not changed. */
  readonly configuration: RouteConfigurationJson
}
