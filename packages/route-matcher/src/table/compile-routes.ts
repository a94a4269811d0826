import { compileHeaderMutations } from '../action/compile-header-mutations.ts'
import { checkFilterConfigs } from '../action/filter-configs.ts'
import { checkFields } from '../config/check-fields.ts'
import type { RouteConfigurationJson } from '../config/config.ts'
import { RouteConfigError, type RouteFault } from '../config/errors.ts'
import type { Findings } from '../config/findings.ts'
import { mended, withoutThoseOf } from '../config/mend.ts'
import { re2Engine } from '../regex/re2-engine.ts'
import { type CompiledHost, compileHost, type TableGround, tableOf } from './compiled-table.ts'
import type { CompileOptions, RouteTable } from './table.ts'

/**
 * Compiles a route configuration into a table that answers requests as Envoy does: the virtual host by its domain, then
 * the first route whose predicates all hold.
 *
 * @throws {RouteConfigError} if anything in it is wrong or would be ignored at the cost of another route; it names every fault.
 *
 * @example
 * ```ts
 * const table = compileRoutes({
 *   virtualHosts: [
 *     { name: 'shop', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'cart' } }] },
 *   ],
 * })
 * table.match(request({ authority: 'shop', path: '/' }))?.cluster // => 'cart'
 * ```
 */
export function compileRoutes(
  configuration: RouteConfigurationJson,
  options: CompileOptions = {},
): RouteTable {
  const checked = checkConfiguration(configuration, options)
  const name = typeof configuration?.name === 'string' ? configuration.name : ''
  const wrongFields = [checked.own, ...checked.hosts].flatMap(({ faults }) => faults)
  if (wrongFields.length > 0) {
    const beyond = faultsBeyondFields(configuration, checked, options)
    throw new RouteConfigError(name, [...wrongFields, ...beyond])
  }
  const { table, faults } = compileChecked(configuration, checked, options)
  if (faults.length > 0) throw new RouteConfigError(name, faults)
  return table
}

interface Checked {
  readonly own: Findings
  readonly hosts: readonly Findings[]
}

/** Compiles a configuration whose fields are in order; the table is of use if there are no faults. */
function compileChecked(
  configuration: RouteConfigurationJson,
  checked: Checked,
  options: CompileOptions,
): { readonly table: RouteTable; readonly faults: readonly RouteFault[] } {
  const all = freshFindings(options)
  checkFilterConfigs(configuration, '', all)
  const ground: TableGround = {
    configuration,
    mutations: compileHeaderMutations(configuration, '', all),
    warnings: checked.own.warnings,
    findings: () => freshFindings(options),
  }
  const hosts = (configuration.virtualHosts ?? []).map((virtualHost, i): CompiledHost => {
    const findings = checked.hosts[i] ?? freshFindings(options)
    const host = compileHost(virtualHost, i, ground, findings)
    for (const it of findings.faults) all.faults.push(it)
    return host
  })
  return { table: tableOf(ground, hosts, all), faults: all.faults }
}

/** Wrong types would make the compiler stumble: they are mended first, and what is wrong with the mends is left out. */
function faultsBeyondFields(
  configuration: RouteConfigurationJson,
  { own, hosts }: Checked,
  options: CompileOptions,
): readonly RouteFault[] {
  const mends = [own, ...hosts].flatMap((it) => it.mends)
  const whole: RouteConfigurationJson = Object(mended(configuration, '', mends))
  const { faults } = compileChecked(whole, { own: freshFindings(options), hosts: [] }, options)
  return withoutThoseOf(mends, faults)
}

/** Checks the fields of the configuration itself and those of each virtual host, each with findings of its own. */
function checkConfiguration(
  configuration: RouteConfigurationJson,
  options: CompileOptions,
): Checked {
  const own = freshFindings(options)
  const virtualHosts: unknown = configuration?.virtualHosts
  if (!Array.isArray(virtualHosts)) {
    checkFields(configuration, 'RouteConfiguration', '', own)
    return { own, hosts: [] }
  }
  checkFields({ ...configuration, virtualHosts: [] }, 'RouteConfiguration', '', own)
  const hosts = virtualHosts.map((virtualHost: unknown, i) => {
    const findings = freshFindings(options)
    checkFields(virtualHost, 'VirtualHost', `virtualHosts[${i}]`, findings)
    return findings
  })
  return { own, hosts }
}

function freshFindings(options: CompileOptions): Findings {
  return {
    faults: [],
    warnings: [],
    mends: [],
    regexEngine: options.regexEngine ?? re2Engine,
    order: options.order,
    hashOfKeys: options.hashOfKeys,
    readDataSource: options.readDataSource,
  }
}
