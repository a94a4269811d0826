import type { PlainRequest, RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'

/** A configuration with the requests to put to it. */
export interface Workload {
  readonly configuration: RouteConfigurationJson
  readonly requests: readonly PlainRequest[]
}

/** Enough requests that neither a branch predictor nor a cache knows them by heart. */
const requestCount = 4096
const words = 'account basket checkout delivery gift invoice order product review stock'.split(' ')

/**
 * What an API gateway's table looks like: 40 % prefixes, 30 % exact paths, 15 % separated prefixes, 15 % regexes; every fifth
 * route asks for a header, every tenth for a query parameter; at the end one route for the rest. Each request aims at one
 * route, picked at random, and brings the header half of the time.
 */
export function routeMix(count: number): Workload {
  const random = seededRandom(count)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const number = (end: number): number => Math.floor(random() * end)
  const routes: RouteJson[] = []
  const targets: { readonly path: string; readonly query: boolean }[] = []
  for (let i = 0; i < count; i++) {
    const base = `/shop/v${1 + number(3)}/${one(words)}${number(800)}/${one(words)}-${i}`
    const { path, match } = pathOf(random(), base, number(90_000))
    const query = random() < 0.1
    const headers = random() < 0.2 ? [{ name: 'x-stage', stringMatch: { exact: 'beta' } }] : []
    targets.push({ path, query })
    routes.push({
      match: {
        ...match,
        ...(headers.length > 0 ? { headers } : {}),
        ...(query ? { queryParameters: [{ name: 'rev', stringMatch: { exact: '2' } }] } : {}),
      },
      route: { cluster: `cluster-${i}` },
    })
  }
  routes.push({ match: { prefix: '/' }, route: { cluster: 'rest' } })
  const requests = Array.from({ length: requestCount }, (): PlainRequest => {
    const { path, query } = one(targets)
    return {
      authority: 'shop.example.org',
      path: query && random() < 0.5 ? `${path}?rev=2` : path,
      headers: { accept: '*/*', 'x-stage': one(['beta', 'live']) },
    }
  })
  return { configuration: { virtualHosts: [{ name: 'shop', domains: ['*'], routes }] }, requests }
}

function pathOf(
  kind: number,
  base: string,
  id: number,
): { readonly path: string; readonly match: NonNullable<RouteJson['match']> } {
  if (kind < 0.4) return { path: `${base}/part/${id}`, match: { prefix: `${base}/` } }
  if (kind < 0.7) return { path: base, match: { path: base } }
  if (kind < 0.85) return { path: `${base}/all`, match: { pathSeparatedPrefix: base } }
  return { path: `${base}/${id}`, match: { safeRegex: { regex: `^${base}/[0-9]+$` } } }
}

/** Routes that differ by the value of one header only. */
export function headerMix(count: number): Workload {
  const random = seededRandom(count)
  const routes = Array.from({ length: count }, (_, i): RouteJson => {
    const headers = [{ name: 'x-customer', stringMatch: { exact: `customer-${i}` } }]
    return { match: { prefix: '/', headers }, route: { cluster: `cluster-${i}` } }
  })
  routes.push({ match: { prefix: '/' }, route: { cluster: 'rest' } })
  const requests = Array.from({ length: requestCount }, (): PlainRequest => {
    const customer = `customer-${Math.floor(random() * count)}`
    const headers = { accept: '*/*', 'x-customer': customer }
    return { authority: 'shop.example.org', path: '/basket/1', headers }
  })
  return { configuration: { virtualHosts: [{ name: 'shop', domains: ['*'], routes }] }, requests }
}

/** Virtual hosts of `routesEach` routes: three of four by their exact name, the others by a suffix. */
export function hostMix(count: number, routesEach: number): Workload {
  const random = seededRandom(count)
  const exact = (i: number): string => `service-${i}.team-${i % 50}.svc.cluster.local`
  const virtualHosts = Array.from({ length: count }, (_, i) => ({
    name: `host-${i}`,
    domains: [i % 4 === 3 ? `*.area-${i}.example.org` : exact(i)],
    routes: Array.from({ length: routesEach }, (_route, r): RouteJson => {
      const match = r === routesEach - 1 ? { prefix: '/' } : { prefix: `/part-${r}/` }
      return { match, route: { cluster: `cluster-${i}-${r}` } }
    }),
  }))
  const requests = Array.from({ length: requestCount }, (): PlainRequest => {
    const i = Math.floor(random() * count)
    return { authority: i % 4 === 3 ? `www.area-${i}.example.org` : exact(i), path: '/basket/1' }
  })
  return { configuration: { virtualHosts }, requests }
}
