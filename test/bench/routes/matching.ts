import { compileRoutes, type Request, request } from '@meshwright/route-matcher'
import findMyWay from 'find-my-way'
import { linearMatcher } from '../../../packages/route-matcher/test/oracle.ts'
import type { Bar } from '../bar.ts'
import { type Contestant, contest } from './contest.ts'
import { headerMix, hostMix, routeMix, type Workload } from './route-mix.ts'

/**
 * The mix of an API gateway against the linear matcher and find-my-way.
 *
 * All get the same requests, made before the clock starts. The package does its whole work: virtual host, path, header and query,
 * and an answer that tells all. The linear matcher gives the name of the route. find-my-way looks at the method and the path only.
 */
export function matchingBars(rounds: number): Bar[] {
  const counts = [10, 100, 1000, 10_000]
  const contestants = counts.flatMap((count) => {
    const workload = routeMix(count)
    return [
      matcher(`ours ${count}`, workload),
      linear(`linear ${count}`, workload),
      pathRouter(`find-my-way ${count}`, workload),
    ]
  })
  const results = contest(contestants, rounds)
  for (const { name } of contestants) {
    console.log(`${name}: ${results.nanoseconds(name).toFixed(0)} ns`)
  }
  const bar = (count: number, peer: string, atLeast: number): Bar => ({
    what: `${count} routes, against ${peer}`,
    unit: 'x',
    measured: results.ratio(`${peer} ${count}`, `ours ${count}`),
    atLeast,
    detail: [`ours ${count}`, `${peer} ${count}`]
      .map((name) => `${name}: ${results.nanoseconds(name).toFixed(0)} ns`)
      .join(', '),
  })
  return [
    bar(10, 'linear', 1),
    bar(1000, 'linear', 40),
    bar(1000, 'find-my-way', 4),
    bar(10_000, 'linear', 150),
    bar(10_000, 'find-my-way', 4),
    growth('10 000 routes, against 10', ['ours 10', 'ours 10000'], 8, results),
  ]
}

/** Routes that one header tells apart. */
export function headerBars(rounds: number): Bar[] {
  const counts = [100, 1000, 10_000]
  const results = contest(
    counts.map((count) => matcher(`ours ${count}`, headerMix(count))),
    rounds,
  )
  const names = ['ours 100', 'ours 10000'] as const
  return [growth('10 000 routes told apart by a header, against 100', names, 2, results)]
}

/** Virtual hosts of one route each; the host comes as from the wire, a string that no table has seen. */
export function hostBars(rounds: number): Bar[] {
  const results = contest(
    [10, 10_000].map((count) => {
      const workload = hostMix(count, 1)
      const { table } = checked(`ours ${count}`, workload)
      const hosts = workload.requests.map(({ authority }) => Buffer.from(authority))
      const last = hosts.length - 1
      const run = (turn: number): unknown =>
        table.match(new WireRequest((hosts[turn & last] as Buffer).toString('latin1')))
      return { name: `ours ${count}`, run }
    }),
    rounds,
  )
  return [
    growth('10 000 virtual hosts, against 10', ['ours 10', 'ours 10000'] as const, 1.5, results),
  ]
}

/** A request as a proxy hands it in: the host is fresh, and with it the work of finding it. */
class WireRequest implements Request {
  readonly authority: string
  readonly path = '/basket/1'
  readonly method = 'GET'
  readonly scheme = 'http'

  constructor(authority: string) {
    this.authority = authority
  }

  header(): undefined {
    return undefined
  }
}

function growth(
  what: string,
  [few, many]: readonly [string, string],
  atMost: number,
  results: ReturnType<typeof contest>,
): Bar {
  return {
    what,
    unit: 'x',
    measured: results.ratio(many, few),
    atMost,
    detail: [few, many]
      .map((name) => `${name}: ${results.nanoseconds(name).toFixed(0)} ns`)
      .join(', '),
  }
}

function matcher(name: string, workload: Workload): Contestant {
  const { table, made } = checked(name, workload)
  const last = made.length - 1
  return { name, run: (turn) => table.match(made[turn & last] as Request) }
}

/** A table, and requests, that the linear matcher agrees about: a ratio between two that disagree would say nothing. */
function checked(name: string, { configuration, requests }: Workload) {
  const table = compileRoutes(configuration)
  const walk = linearMatcher(configuration)
  const made = requests.map(request)
  for (const [i, asked] of requests.entries()) {
    const match = table.match(made[i] ?? request(asked))
    const got = match === undefined ? undefined : `${match.virtualHost.name}/${match.route.index}`
    const expected = walk(asked)
    if (got !== expected) {
      throw new Error(`${name}: expected ${expected}, got ${got} for ${JSON.stringify(asked)}`)
    }
  }
  return { table, made }
}

function linear(name: string, { configuration, requests }: Workload): Contestant {
  const walk = linearMatcher(configuration)
  const last = requests.length - 1
  return { name, run: (turn) => walk(requests[turn & last] as (typeof requests)[number]) }
}

/** find-my-way with one pattern per route; it has no words for headers, query and the order of a list. */
function pathRouter(name: string, { configuration, requests }: Workload): Contestant {
  const router = findMyWay({ ignoreDuplicateSlashes: false })
  const nothing = (): void => undefined
  const taken = new Set<string>()
  for (const { match = {} } of configuration.virtualHosts?.[0]?.routes ?? []) {
    const { prefix, path, pathSeparatedPrefix, safeRegex } = match
    const regex = safeRegex?.regex?.replace(/^\^/, '').replace('[0-9]+$', ':id([0-9]+)')
    const separated = pathSeparatedPrefix === undefined ? undefined : `${pathSeparatedPrefix}/*`
    const pattern = path ?? regex ?? separated ?? `${prefix}*`
    if (taken.has(pattern)) continue
    taken.add(pattern)
    router.on('GET', pattern, nothing)
  }
  const paths = requests.map((it) => it.path)
  const last = paths.length - 1
  if (paths.every((it) => router.find('GET', it) === null))
    throw new Error('find-my-way finds nothing')
  return { name, run: (turn) => router.find('GET', paths[turn & last] as string) }
}
