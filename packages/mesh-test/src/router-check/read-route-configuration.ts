import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { camelCaseRoutes } from '../camel-case-routes.ts'
import { MeshTestError } from '../errors.ts'
import { field, isObject, textField } from '../json.ts'
import { routeUses } from '../route-listeners.ts'
import { parseYaml } from './parsed-text.ts'

/** Options of {@link readRouteConfiguration}. */
export interface ReadRouteConfigurationOptions {
  /** The listener of a bootstrap to take the routes of. Default: the only one that has routes in it. */
  readonly listenerName?: string | undefined
}

/**
 * Reads the configuration that Envoy's router check tool takes: a RouteConfiguration, or a bootstrap with one written
 * into an HTTP connection manager; YAML or JSON, fields in either spelling, durations also as messages.
 *
 * It is not compiled here: what is wrong inside of it is for `compileRoutes` to say.
 *
 * @throws {MeshTestError} if the text is neither, or the listener cannot be told.
 */
export function readRouteConfiguration(
  path: string,
  text: string,
  { listenerName }: ReadRouteConfigurationOptions = {},
): RouteConfigurationJson {
  const { value } = parseYaml(path, text, 'ERR_MESH_TEST_FORMAT')
  const given = isBootstrap(value) ? routesOfBootstrap(path, value, listenerName) : value
  if (!isObject(given))
    throw formatError(path, 'expected a RouteConfiguration or a bootstrap, got no object')
  const unknown = Object.keys(given).find(
    (name) => !fields.has(name.replaceAll('_', '').toLowerCase()),
  )
  if (unknown !== undefined) {
    throw formatError(
      path,
      `INVALID_ARGUMENT: neither envoy.config.route.v3.RouteConfiguration nor envoy.config.bootstrap.v3.Bootstrap has a field ${unknown}`,
    )
  }
  return camelCaseRoutes(given)
}

/** Of a RouteConfiguration, without the difference of spellings. */
const fields: ReadonlySet<string> = new Set([
  'clusterspecifierplugins',
  'ignorepathparametersinpathmatching',
  'ignoreportinhostmatching',
  'internalonlyheaders',
  'maxdirectresponsebodysizebytes',
  'metadata',
  'mostspecificheadermutationswins',
  'name',
  'requestheaderstoadd',
  'requestheaderstoremove',
  'requestmirrorpolicies',
  'responseheaderstoadd',
  'responseheaderstoremove',
  'typedperfilterconfig',
  'validateclusters',
  'vhds',
  'vhostheader',
  'virtualhosts',
])

function isBootstrap(value: unknown): boolean {
  return field(value, 'staticResources') !== undefined || field(value, 'admin') !== undefined
}

function routesOfBootstrap(path: string, bootstrap: unknown, wanted: string | undefined): unknown {
  const listeners = field(field(bootstrap, 'staticResources'), 'listeners')
  const candidates = (Array.isArray(listeners) ? listeners : []).flatMap((listener: unknown) => {
    const [routes] = routeUses(listener).flatMap((use) =>
      typeof use.routes === 'string' ? [] : [use.routes.configuration],
    )
    return routes === undefined ? [] : [{ name: textField(listener, 'name'), routes }]
  })
  const found = candidates.filter(({ name }) => wanted === undefined || name === wanted)
  const [first] = found
  if (first !== undefined && (found.length === 1 || wanted !== undefined)) return first.routes
  const names = candidates.map(({ name }) => name).join(', ') || 'none'
  throw formatError(
    path,
    wanted === undefined
      ? `expected the name of a listener with routes in it, one of: ${names}`
      : `expected a listener ${wanted} with routes in it; there are: ${names}`,
  )
}

function formatError(path: string, message: string): MeshTestError {
  return new MeshTestError(`${path}: ${message}`, { code: 'ERR_MESH_TEST_FORMAT' })
}
