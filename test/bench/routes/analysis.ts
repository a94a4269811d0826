import { analyzeRoutes, diffRoutes } from '@meshwright/route-analysis'
import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { Bar } from '../bar.ts'
import { median } from '../median.ts'
import { headerMix, hostMix, routeMix } from './route-mix.ts'

const second = 1000

/** What it costs to prove every route reachable or not, and to compare two configurations. */
export function analysisBars(rounds: number): Bar[] {
  const turns = Math.max(1, Math.min(3, rounds))
  const small = routeMix(1000).configuration
  const large = routeMix(10_000).configuration
  const headers = headerMix(10_000).configuration
  const hosts = hostMix(1000, 10).configuration
  return [
    ...barsOf('1 000 rules', small, { turns, atMost: second }),
    ...barsOf('10 000 rules', large, { turns, atMost: 10 * second }),
    ...barsOf('10 000 rules told apart by one header', headers, { turns, atMost: 10 * second }),
    ...barsOf('1 000 virtual hosts of 10 rules', hosts, { turns, atMost: 10 * second }),
  ]
}

function barsOf(
  what: string,
  configuration: RouteConfigurationJson,
  { turns, atMost }: { readonly turns: number; readonly atMost: number },
): Bar[] {
  const { routes, unreachable } = analyzeRoutes(configuration)
  const after = changed(configuration)
  const { classes, unknown } = diffRoutes(configuration, after)
  return [
    {
      what: `unreachable and witnesses, ${what}`,
      unit: 'ms',
      measured: timed(turns, () => analyzeRoutes(configuration)),
      atMost,
      detail: `${routes.length} routes, ${unreachable.length} unreachable`,
    },
    {
      what: `diff, ${what}`,
      unit: 'ms',
      measured: timed(turns, () => diffRoutes(configuration, after)),
      atMost,
      detail: `one cluster changed, two rules exchanged: ${classes.length} classes, ${unknown.length} unknown`,
    },
  ]
}

function timed(turns: number, run: () => unknown): number {
  const times = Array.from({ length: turns }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return median(times)
}

/** Another cluster for a rule in the middle of the first virtual host, and its first two rules exchanged. */
function changed(configuration: RouteConfigurationJson): RouteConfigurationJson {
  const [first, ...others] = configuration.virtualHosts ?? []
  const routes = first?.routes ?? []
  const middle = Math.floor(routes.length / 2)
  const [one, two, ...rest] = routes.with(middle, {
    ...routes[middle],
    route: { cluster: 'changed' },
  })
  if (first === undefined || one === undefined || two === undefined) {
    throw new TypeError('expected a virtual host of two routes or more')
  }
  return {
    ...configuration,
    virtualHosts: [{ ...first, routes: [two, one, ...rest] }, ...others],
  }
}
