import type { LevelMutations } from '../action/compile-header-mutations.ts'
import { compileHeaderMutations } from '../action/compile-header-mutations.ts'
import { checkFields } from '../config/check-fields.ts'
import type { RouteConfigurationJson, VirtualHostJson } from '../config/config.ts'
import { RouteConfigError, type RouteFault } from '../config/errors.ts'
import { type Findings, fault } from '../config/findings.ts'
import { mended, withoutThoseOf } from '../config/mend.ts'
import { indexDomains } from '../search/host-domains.ts'
import { Search } from '../search/search.ts'
import type { RouteTable } from './table.ts'
import { compileVirtualHost, type VirtualHostTable } from './virtual-host-table.ts'

/** What all virtual hosts of a configuration share, and what they are compiled with. */
export interface TableGround {
  readonly configuration: RouteConfigurationJson
  readonly mutations: LevelMutations
  /** Of the configuration itself, its virtual hosts left out. */
  readonly warnings: readonly RouteFault[]
  /** Fresh ones, with the options of the caller. */
  findings(): Findings
}

/** A virtual host with all that belongs to it alone, so that it can be replaced alone. */
export interface CompiledHost {
  readonly table: VirtualHostTable
  readonly clusters: ReadonlySet<string>
  readonly warnings: readonly RouteFault[]
}

/** Compiles one virtual host; its faults go to `faults`. Its fields have been checked. */
export function compileHost(
  virtualHost: VirtualHostJson,
  index: number,
  ground: TableGround,
  findings: Findings,
): CompiledHost {
  const virtualHostPath = `virtualHosts[${index}]`
  const clusters = new Set<string>()
  const table = compileVirtualHost({
    configuration: ground.configuration,
    configurationMutations: ground.mutations,
    virtualHost,
    virtualHostPath,
    virtualHostMutations: compileHeaderMutations(virtualHost, virtualHostPath, findings),
    findings,
    clusters,
  })
  return { table, clusters, warnings: findings.warnings }
}

/** The table of virtual hosts that are in order; the faults between them go to `findings`. */
export function tableOf(
  ground: TableGround,
  hosts: readonly CompiledHost[],
  findings: Findings,
): RouteTable {
  const { configuration } = ground
  const tables = hosts.map(({ table }) => table)
  const search = new Search(configuration, indexDomains(tables, findings))
  let clusters: readonly string[] | undefined
  return {
    name: configuration.name ?? '',
    virtualHosts: tables.map(({ info }) => info.name),
    get clusters() {
      clusters ??= [...new Set(hosts.flatMap((host) => [...host.clusters]))]
      return clusters
    },
    validateClusters: configuration.validateClusters === true,
    internalOnlyHeaders: (configuration.internalOnlyHeaders ?? []).map((it) => it.toLowerCase()),
    get warnings() {
      return [
        ...ground.warnings,
        ...hosts.flatMap((host) => host.warnings),
        ...namesGivenAgain(tables),
      ]
    },
    match: (request, options) => search.match(request, options),
    explain: (request, options) => search.explain(request, options),
    answer: (virtualHostIndex, routeIndex) => tables[virtualHostIndex]?.describe(routeIndex),
    predicates: (virtualHostIndex, routeIndex) => {
      const route = tables[virtualHostIndex]?.routes[routeIndex]
      const predicates = route === undefined ? [] : [route.path, ...route.conditions]
      return predicates.map(({ description, draw = false }) => ({ description, draw }))
    },
    withVirtualHost: (virtualHost) => replaceHost(ground, hosts, virtualHost),
  }
}

/** Envoy takes them: names are for statistics. */
function namesGivenAgain(tables: readonly VirtualHostTable[]): readonly RouteFault[] {
  const names = new Set<string>()
  return tables.flatMap(({ info: { name } }, i) => {
    if (!names.has(name)) {
      names.add(name)
      return []
    }
    const message = `expected a name of its own, got ${JSON.stringify(name)} again: withVirtualHost cannot find it`
    return [{ path: `virtualHosts[${i}].name`, message }]
  })
}

function replaceHost(
  ground: TableGround,
  hosts: readonly CompiledHost[],
  virtualHost: VirtualHostJson,
): RouteTable {
  const findings = ground.findings()
  const name: unknown = virtualHost?.name
  const named = [...hosts.keys()].filter((i) => hosts[i]?.table.info.name === name)
  const [index = -1] = named
  const stop = (faults: readonly RouteFault[] = findings.faults): void => {
    if (faults.length > 0) throw new RouteConfigError(ground.configuration.name ?? '', faults)
  }
  if (named.length !== 1) {
    const got = JSON.stringify(name) ?? 'none'
    fault(findings, 'name', `expected the name of one virtual host of this table, got ${got}`)
  }
  stop()
  const path = `virtualHosts[${index}]`
  checkFields(virtualHost, 'VirtualHost', path, findings)
  const replaced = (by: VirtualHostJson, its: Findings): RouteTable =>
    tableOf(ground, hosts.with(index, compileHost(by, index, ground, its)), its)
  if (findings.faults.length > 0) {
    const beyond = ground.findings()
    replaced(Object(mended(virtualHost, path, findings.mends)), beyond)
    stop([...findings.faults, ...withoutThoseOf(findings.mends, beyond.faults)])
  }
  const table = replaced(virtualHost, findings)
  stop()
  return table
}
