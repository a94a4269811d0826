import type { LevelMutations } from '../action/compile-header-mutations.ts'
import type { RouteConfigurationJson, VirtualHostJson } from '../config/config.ts'
import type { Findings } from '../config/findings.ts'
import type { VirtualHost } from './match.ts'

/** What a route stands in while it compiles. */
export interface Scope {
  readonly configuration: RouteConfigurationJson
  readonly configurationMutations: LevelMutations
  readonly virtualHost: VirtualHostJson
  readonly virtualHostPath: string
  readonly virtualHostMutations: LevelMutations
  readonly virtualHostInfo: VirtualHost
  readonly findings: Findings
  /** Every cluster named so far. */
  readonly clusters: Set<string>
}
