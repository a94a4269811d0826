import { hashOfKeys } from '@meshwright/lb-algorithms'
import { compileRoutes, type RouteTable } from '@meshwright/route-matcher'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { refuse } from './errors.ts'
import type { FilterRegistry } from './filters/filter-registry.ts'
import { checkRouteConfiguration, warnOfRoutes } from './hcm/http-connection-manager.ts'

export interface RouteTablesOptions {
  readonly registry: FilterRegistry
  readonly warnOnce: (key: string, message: string) => void
}

/** Compiled route configurations by name, kept as long as their resource is the same object. */
export class CompiledRouteTables {
  readonly #options: RouteTablesOptions
  #current: ReadonlyMap<string, Entry> = new Map()
  #tables: ReadonlyMap<string, RouteTable> = new Map()

  constructor(options: RouteTablesOptions) {
    this.#options = options
  }

  /** A map that is never changed: a request keeps the one it started with. */
  get tables(): ReadonlyMap<string, RouteTable> {
    return this.#tables
  }

  /**
   * Compiles what is new; `commit` then swaps.
   *
   * @throws {ProxyError} a configuration is faulty; nothing has changed
   */
  prepare(routes: ReadonlyMap<string, RouteConfigurationJson>): { commit(): void } {
    const { registry, warnOnce } = this.#options
    const next = new Map<string, Entry>()
    const fresh: RouteConfigurationJson[] = []
    for (const [name, json] of routes) {
      const current = this.#current.get(name)
      if (current?.json === json) next.set(name, current)
      else {
        next.set(name, { json, table: compile(json, registry) })
        fresh.push(json)
      }
    }
    return {
      commit: () => {
        for (const json of fresh) warnOfRoutes(json, warnOnce)
        this.#current = next
        this.#tables = new Map([...next].map(([name, { table }]) => [name, table]))
      },
    }
  }
}

interface Entry {
  readonly json: RouteConfigurationJson
  readonly table: RouteTable
}

function compile(json: RouteConfigurationJson, registry: FilterRegistry): RouteTable {
  const reasons = checkRouteConfiguration(json, registry)
  if (reasons.length > 0) refuse(reasons.join('; '))
  return compileRoutes(json, { hashOfKeys })
}
