import {
  compileRoutes,
  type PlainRequest,
  type RouteConfigurationJson,
  type RouteJson,
  request,
} from '../src/index.ts'
import { linearMatcher } from './oracle.ts'
import { routeDrawing } from './route-drawing.ts'

/** What a fuzzing of the compiled table against the linear matcher has seen. */
export interface FuzzReport {
  readonly requests: number
  /** Requests that some route took. */
  readonly hits: number
  /** Requests on which the two do not agree; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** A fault put into what the compiled table sees, to show that the fuzzing would find one of its kind. */
export interface PlantedFault {
  readonly configuration?: (configuration: RouteConfigurationJson) => RouteConfigurationJson
  readonly request?: (asked: PlainRequest) => PlainRequest
}

/** Draws configurations of `routes` routes per virtual host and puts requests to both matchers. */
export function fuzzRoutes(
  random: () => number,
  size: { readonly configurations: number; readonly routes: number; readonly requests: number },
  planted: PlantedFault = {},
): FuzzReport {
  const draw = routeDrawing(random)
  let hits = 0
  let differences = 0
  const examples: object[] = []
  for (let c = 0; c < size.configurations; c++) {
    const configuration = draw.configuration(size.routes)
    const linear = linearMatcher(configuration)
    const table = compileRoutes(planted.configuration?.(configuration) ?? configuration)
    for (let i = 0; i < size.requests; i++) {
      const asked = draw.request()
      const draws = Math.floor(random() * 1000)
      const expected = linear(asked, draws)
      const seen = planted.request?.(asked) ?? asked
      const got = table.match(request(seen), { random: draws })?.cluster
      hits += expected === undefined ? 0 : 1
      if (got === expected) continue
      differences++
      if (examples.length < 3) examples.push({ configuration, asked, random: draws, expected, got })
    }
  }
  return { requests: size.configurations * size.requests, hits, differences, examples }
}

/** Faults of the kinds that an index may have. */
export const plantedFaults: Readonly<Record<string, PlantedFault>> = {
  'a candidate that is dropped': { configuration: routesBy((routes) => routes.toSpliced(5, 1)) },
  'the wrong order': { configuration: routesBy((routes) => routes.toReversed()) },
  'two neighbours in the wrong order': {
    configuration: routesBy((routes) => [
      ...routes.slice(1, 2),
      ...routes.slice(0, 1),
      ...routes.slice(2),
    ]),
  },
  'a prefix that ends inside a segment': {
    configuration: matchesBy(({ pathSeparatedPrefix, ...rest }) =>
      pathSeparatedPrefix === undefined ? rest : { ...rest, prefix: pathSeparatedPrefix },
    ),
  },
  'letter case that counts': { configuration: matchesBy(({ caseSensitive: _, ...rest }) => rest) },
  'a header of which one value is seen': {
    request: (asked) => ({
      ...asked,
      headers: Object.fromEntries(
        Object.entries(asked.headers ?? {}).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : (value[0] ?? ''),
        ]),
      ),
    }),
  },
  'headers that are not looked at': { configuration: matchesBy(({ headers: _, ...rest }) => rest) },
  'an inverted header that is not': {
    configuration: matchesBy(({ headers = [], ...rest }) => ({
      ...rest,
      headers: headers.map(({ invertMatch: _, ...header }) => header),
    })),
  },
  'a method that is not looked at': {
    configuration: matchesBy(({ headers = [], ...rest }) => ({
      ...rest,
      headers: headers.filter(({ name }) => name !== ':method'),
    })),
  },
  'a query that counts as path': {
    request: (asked) => ({ ...asked, path: asked.path.replace('?', '/') }),
  },
  'a draw that is not looked at': {
    configuration: matchesBy(({ runtimeFraction: _, ...rest }) => rest),
  },
}

function routesBy(
  change: (routes: readonly RouteJson[]) => readonly RouteJson[],
): (configuration: RouteConfigurationJson) => RouteConfigurationJson {
  return (configuration) => ({
    ...configuration,
    virtualHosts: (configuration.virtualHosts ?? []).map((host) => ({
      ...host,
      routes: change(host.routes ?? []),
    })),
  })
}

function matchesBy(
  change: (match: NonNullable<RouteJson['match']>) => NonNullable<RouteJson['match']>,
): (configuration: RouteConfigurationJson) => RouteConfigurationJson {
  return routesBy((routes) =>
    routes.map((route) => ({ ...route, match: change(route.match ?? {}) })),
  )
}
