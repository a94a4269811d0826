import type { PlainRequest, RouteConfigurationJson, RouteMatchJson } from '../src/index.ts'

const segments = ['a', 'A', 'ab', 'abc', 'b', 'api', 'v1', 'V1']
const domains = ['*', 'x', 'x.y', '*.y', '*.x.y', 'x.*', '*y', 'x:80']
const authorities = ['x', 'X', 'x.y', 'z.y', 'q.x.y', 'x.q', 'xy', 'y', 'x:80', 'z.y:1']
const values = ['', 'a', 'A', 'ab', 'ba']
const regexes = ['/a.*', '/[ab]+', '/a|/b', '/ab?', '/api/v\\d', '.*c', '^/abc/.*$', '/a+b*']

/** What {@link routeDrawing} draws. */
export interface RouteDrawing {
  configuration(routes: number): RouteConfigurationJson
  request(): PlainRequest
}

/** Draws configurations and requests of few letters, so that they meet. */
export function routeDrawing(random: () => number): RouteDrawing {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const maybe = (share: number) => random() < share
  const path = (most: number) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => `/${one(segments)}`).join('')
  const text = () => {
    const kind = one(['exact', 'exact', 'prefix', 'suffix', 'contains'])
    return {
      [kind]: kind === 'exact' ? one(values) : one(['a', 'b', 'A']),
      ...(maybe(0.2) ? { ignoreCase: true } : {}),
    }
  }
  const pathMatch = (): RouteMatchJson => {
    const casing = maybe(0.2) ? { caseSensitive: false } : {}
    // What no path has, because it ends where the query begins.
    const query = maybe(0.05) ? one(['?', '?q=a']) : ''
    const kind = random()
    if (kind < 0.35) return { prefix: maybe(0.2) ? '/' : path(3) + query, ...casing }
    if (kind < 0.65) return { path: path(3) + query, ...casing }
    if (kind < 0.8) return { pathSeparatedPrefix: path(2), ...casing }
    return { safeRegex: { regex: one(regexes) } }
  }
  const header = () => ({
    name: one(['h1', 'h1', 'h2']),
    ...(maybe(0.8) ? { stringMatch: text() } : { presentMatch: maybe(0.7) }),
    ...(maybe(0.2) ? { invertMatch: true } : {}),
    ...(maybe(0.2) ? { treatMissingHeaderAsEmpty: true } : {}),
  })
  const match = (): RouteMatchJson => ({
    ...pathMatch(),
    ...(maybe(0.5)
      ? {
          headers: [
            header(),
            ...(maybe(0.2)
              ? [{ name: ':method', stringMatch: { exact: one(['GET', 'PUT']) } }]
              : []),
          ],
        }
      : {}),
    ...(maybe(0.1)
      ? { queryParameters: [{ name: 'q', ...(maybe(0.5) ? { stringMatch: text() } : {}) }] }
      : {}),
    ...(maybe(0.1) ? { runtimeFraction: { defaultValue: { numerator: one([0, 50, 100]) } } } : {}),
  })
  return {
    configuration: (routes: number): RouteConfigurationJson => ({
      ignorePortInHostMatching: maybe(0.5),
      virtualHosts: domains
        .filter(() => maybe(0.6))
        .map((domain, h) => ({
          name: `h${h}`,
          domains: [domain],
          routes: Array.from({ length: routes }, (_, i) => ({
            match: match(),
            route: { cluster: `h${h}/${i}` },
          })),
        })),
    }),
    request: (): PlainRequest => ({
      authority: one(authorities),
      path: path(4) + (maybe(0.3) ? `?q=${one(values)}` : ''),
      method: one(['GET', 'PUT']),
      headers: {
        ...(maybe(0.6) ? { h1: maybe(0.1) ? [one(values), one(values)] : one(values) } : {}),
        ...(maybe(0.4) ? { h2: one(values) } : {}),
      },
    }),
  }
}
