import {
  type CompileOptions,
  compileRoutes,
  type MatchOptions,
  type PlainRequest,
  RouteConfigError,
  type RouteConfigurationJson,
  type RouteMatchJson,
  request,
} from '../src/index.ts'

/** One virtual host for every domain; route i goes to the cluster `i`. */
export function configurationOf(...matches: RouteMatchJson[]): RouteConfigurationJson {
  const routes = matches.map((match, i) => ({ match, route: { cluster: String(i) } }))
  return { virtualHosts: [{ name: 'host', domains: ['*'], routes }] }
}

/** Whether a request passes such a match. */
export function passes(
  match: RouteMatchJson,
  asked: Partial<PlainRequest> = {},
  options: MatchOptions = {},
): boolean {
  const plain = request({ authority: 'host', path: '/', ...asked })
  const table = compileRoutes(configurationOf(match))
  const matched = table.match(plain, options) !== undefined
  const explained = table.explain(plain, options).candidates.some((it) => it.matched)
  if (matched !== explained) throw new Error('match and explain differ')
  return matched
}

/** Every fault of a configuration, as `path: message`. */
export function faultsOf(
  // What arrives may be anything, whatever its type says.
  configuration: unknown,
  options: CompileOptions = {},
): string[] {
  try {
    compileRoutes(configuration as RouteConfigurationJson, options)
    return []
  } catch (error) {
    if (!(error instanceof RouteConfigError)) throw error
    return error.faults.map(({ path, message }) => `${path}: ${message}`)
  }
}
