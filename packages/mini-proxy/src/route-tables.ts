import { compileRoutes, RouteConfigError, type RouteTable } from '@meshwright/route-matcher'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { refuse } from './errors.ts'
import { checkHeaderFormats } from './router/check-header-formats.ts'

/** Compiled route configurations by name, kept as long as their resource is the same object. */
export class CompiledRouteTables {
  #current: ReadonlyMap<string, Entry> = new Map()
  #tables: ReadonlyMap<string, RouteTable> = new Map()

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
    const next = new Map<string, Entry>()
    for (const [name, json] of routes) {
      const current = this.#current.get(name)
      next.set(name, current?.json === json ? current : { json, table: compile(json) })
    }
    return {
      commit: () => {
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

function compile(json: RouteConfigurationJson): RouteTable {
  const reasons = checkHeaderFormats(json)
  if (reasons.length > 0) refuse(reasons.join('; '))
  try {
    return compileRoutes(json)
  } catch (error) {
    if (error instanceof RouteConfigError) refuse(error.message, error)
    throw error
  }
}
