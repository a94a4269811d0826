import type { DrainOptions } from '../proxy.ts'
import {
  type AdminPage,
  type AdminSource,
  jsonPage,
  type ServerState,
  textPage,
} from './admin-page.ts'
import { clustersPage } from './clusters-page.ts'
import { configDump } from './config-dump.ts'
import { prometheusStatsPage, statsPage } from './stats-page.ts'

/** A page of the admin API. */
export interface AdminRoute {
  /** Changes something: POST only. */
  readonly mutates: boolean
  readonly help: string
  answer(source: AdminSource, query: URLSearchParams): AdminPage
  /** Called once the answer is sent. */
  afterwards?(source: AdminSource): void
}

/** Every page by its path, but for the help page. */
export const adminRoutes: ReadonlyMap<string, AdminRoute> = new Map<string, AdminRoute>([
  [
    '/clusters',
    read('hosts of each cluster', ({ proxy }, query) => clustersPage(proxy.clusters, query)),
  ],
  [
    '/config_dump',
    read('configuration in force, with ?include_eds endpoints too', (source, query) =>
      jsonPage(configDump(source, query.has('include_eds'))),
    ),
  ],
  [
    '/drain_listeners',
    {
      mutates: true,
      help: 'stop accepting and let connections finish; ?inboundonly spares outbound listeners',
      answer: ({ proxy }, query) => {
        void proxy.drain(drainOptions(query))
        return textPage('OK\n')
      },
    },
  ],
  ['/listeners', read('bound addresses', listenersPage)],
  [
    '/quitquitquit',
    {
      mutates: true,
      help: 'end the process',
      answer: () => textPage('OK\n'),
      afterwards: (source) => source.onQuit(),
    },
  ],
  ['/healthcheck/fail', setsHealth(false, 'be not ready and send clients away, but serve on')],
  ['/healthcheck/ok', setsHealth(true, 'undo /healthcheck/fail')],
  ['/ready', read('200 once traffic can be served', (source) => readyPage(stateOf(source)))],
  ['/server_info', read('who this is and how long it has been up', serverInfoPage)],
  [
    '/stats',
    read('counters, gauges and histograms', ({ proxy }, query) =>
      statsPage(listStats(proxy), query),
    ),
  ],
  [
    '/stats/prometheus',
    read('the same for Prometheus', ({ proxy }, query) =>
      prometheusStatsPage(listStats(proxy), query),
    ),
  ],
])

/** `/ready` of a proxy in this state. */
export function readyPage(state: ServerState): AdminPage {
  return textPage(`${state}\n`, state === 'LIVE' ? 200 : 503)
}

/** `/` and `/help`. */
export function helpPage(): AdminPage {
  const lines = [...adminRoutes].map(
    ([path, { help, mutates }]) => `  ${path}${mutates ? ' (POST)' : ''}: ${help}\n`,
  )
  return textPage(`admin commands are:\n${lines.join('')}`)
}

function setsHealth(healthy: boolean, help: string): AdminRoute {
  return {
    mutates: true,
    help,
    answer: ({ proxy }) => {
      proxy.setHealthy(healthy)
      return textPage('OK\n')
    },
  }
}

/** As Envoy: who fails its health checks says that it drains. */
function stateOf({ proxy, state }: AdminSource): ServerState {
  const now = state()
  return now === 'LIVE' && !proxy.isHealthy ? 'DRAINING' : now
}

function read(help: string, answer: AdminRoute['answer']): AdminRoute {
  return { mutates: false, help, answer }
}

function listStats(proxy: AdminSource['proxy']): ReturnType<typeof proxy.stats.list> {
  return proxy.stats.list()
}

/** No bound: whoever asks for the draining decides when to end the rest. */
function drainOptions(query: URLSearchParams): DrainOptions {
  return { inboundOnly: query.has('inboundonly'), boundMs: Number.POSITIVE_INFINITY }
}

function listenersPage({ proxy }: AdminSource, query: URLSearchParams): AdminPage {
  const bound = [...proxy.listeners].sort(([a], [b]) => (a < b ? -1 : 1))
  if (query.get('format') !== 'json') {
    return textPage(bound.map(([name, it]) => `${name}::${it.address}:${it.port}\n`).join(''))
  }
  return jsonPage({
    listener_statuses: bound.map(([name, { address, port }]) => ({
      name,
      local_address: { socket_address: { address, port_value: port } },
    })),
  })
}

function serverInfoPage(source: AdminSource): AdminPage {
  const { node, uptimeSeconds } = source
  const uptime = `${Math.floor(uptimeSeconds())}s`
  return jsonPage({
    version: 'meshwright',
    state: stateOf(source),
    uptime_current_epoch: uptime,
    uptime_all_epochs: uptime,
    hot_restart_version: 'disabled',
    command_line_options: {},
    node,
  })
}
