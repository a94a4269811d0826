import { compileRoutes, type RouteConfigurationJson } from '@meshwright/route-matcher'
import type { Bar } from '../bar.ts'
import { contest } from './contest.ts'
import { hostMix, routeMix } from './route-mix.ts'

/** What a new configuration costs, and one changed virtual host of a thousand. */
export function compileBars(rounds: number): Bar[] {
  const { configuration } = routeMix(10_000)
  const hosts = hostMix(1000, 10).configuration
  const table = compileRoutes(hosts)
  const changes = changedHosts(hosts)
  const results = contest(
    [
      { name: 'compile', run: () => compileRoutes(configuration) },
      { name: 'compile hosts', run: () => compileRoutes(hosts) },
      {
        name: 'replace',
        run: (turn) => table.withVirtualHost(changes[turn % changes.length] ?? {}),
      },
    ],
    rounds,
  )
  const ms = (name: string): number => results.nanoseconds(name) / 1e6
  return [
    {
      what: 'compile 10 000 routes',
      unit: 'ms',
      measured: ms('compile'),
      atMost: 100,
      detail: 'one virtual host',
    },
    {
      what: 'one changed virtual host of 1 000, against a full compile',
      unit: '%',
      measured: results.ratio('replace', 'compile hosts') * 100,
      atMost: 2,
      detail: `${ms('replace').toFixed(3)} ms of ${ms('compile hosts').toFixed(1)} ms`,
    },
  ]
}

function changedHosts({ virtualHosts = [] }: RouteConfigurationJson) {
  return virtualHosts.map((host) => ({
    ...host,
    routes: [{ match: { path: '/new' }, route: { cluster: 'new' } }, ...(host.routes ?? [])],
  }))
}
