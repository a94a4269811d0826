import {
  compileRoutes,
  type PathNormalization,
  type RouteConfigurationJson,
  type RouteTable,
} from '@meshwright/route-matcher'
import type { RouteSource } from './route-source.ts'

/** One route configuration of a proxy, and where its routes are written. */
export interface RouteSet {
  readonly name: string
  readonly configuration: RouteConfigurationJson
  /** Compiled when first asked for. */
  readonly table: RouteTable
  /** The listeners that ask it; none in a lone route configuration. */
  readonly listeners: readonly RouteListener[]
  /** Where a route is written; undefined for one that nobody wrote, such as a service's default. */
  originOf(virtualHostIndex: number, routeIndex: number): RouteSource | undefined
}

/** What of a listener decides which requests a route configuration sees, and how. */
export interface RouteListener {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly inbound: boolean
  readonly normalization: PathNormalization
  /** Whether the port of the authority is dropped: any, or that of the listener. */
  readonly stripPort: 'none' | 'matching' | 'any'
}

/** Makes a route set. */
export function routeSet(
  configuration: RouteConfigurationJson,
  listeners: readonly RouteListener[],
  originOf: RouteSet['originOf'],
): RouteSet {
  let table: RouteTable | undefined
  return {
    name: configuration.name ?? '',
    configuration,
    listeners,
    originOf,
    get table() {
      table ??= compileRoutes(configuration)
      return table
    },
  }
}
