import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensurePrograms } from '../../peers/debian.ts'
import { installEnvoy } from '../../peers/envoy.ts'
import type { Bar } from '../bar.ts'
import type { BenchOptions } from '../bench-options.ts'
import { concludeBars } from '../committed-bars.ts'
import { costRows, costTable, type Report, requireAnswers } from '../cost-rows.ts'
import { installedVersion } from '../installed-version.ts'
import { PinnedProcesses, versionOf } from '../pinned-processes.ts'
import {
  cost,
  costRatio,
  loadCore,
  loadInRounds,
  type Samples,
  startProxies,
} from '../proxy-rounds.ts'
import { messageBytes } from './frames.ts'
import { websocketProxies } from './proxies.ts'

const connections = 32
const backendPort = 19_920

/**
 * Messages of 64 B to and fro over 32 WebSocket connections through nginx, haproxy, Envoy, mini-proxy and http-proxy-3: CPU time of
 * the proxy for a message and its echo, in rounds that visit every proxy, the order turned round every other time.
 */
export async function benchWebsocket(options: BenchOptions): Promise<boolean> {
  ensurePrograms({ nginx: 'nginx-light', haproxy: 'haproxy', taskset: 'util-linux' })
  const samples = await measureAll(options)
  const rows = costRows('ping-pong', samples)
  console.log(`${costTable(rows)}\n`)
  requireAnswers(rows)
  const measured = {
    load: `${connections} connections, a message of ${messageBytes} B and its echo at a time, client and echo server on core ${loadCore}`,
    peers: [versionOf('nginx -v'), versionOf('haproxy -v'), installedVersion('http-proxy-3')],
    rows,
  }
  return concludeBars(barsOf(samples), { name: 'websocket', ...options, measured })
}

async function measureAll({ rounds, seconds }: BenchOptions): Promise<Samples<Report>> {
  const processes = new PinnedProcesses()
  try {
    const echo = [process.execPath, program('echo-server.ts'), String(backendPort)]
    await processes.start({ command: echo, core: loadCore, port: backendPort })
    const proxies = websocketProxies(installEnvoy(), backendPort + 1, backendPort)
    const pids = await startProxies(processes, proxies)
    return await loadInRounds(pids, rounds, (port) => pingPong(port, seconds))
  } finally {
    await processes.end()
  }
}

async function pingPong(port: number, seconds: number): Promise<Report> {
  const args = [program('ping-pong.ts'), String(port), String(connections), String(seconds)]
  const { stdout } = await run('taskset', ['-c', String(loadCore), process.execPath, ...args])
  const requests = Number(stdout)
  // It ends at once, and so do we, when it hears what it has not said.
  return { requests, perSecond: requests / seconds, errors: 0 }
}

const run = promisify(execFile)

function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

function barsOf(samples: Samples<Report>): Bar[] {
  const ours = 'mini-proxy'
  const detail = `${cost(samples, ours).toFixed(1)} µs for a message and its echo`
  const bar = (what: string, measured: number): Omit<Bar, 'atMost'> => {
    return { what, unit: 'x', measured, detail }
  }
  return [
    {
      ...bar('CPU of mini-proxy, WebSocket, to haproxy', costRatio(samples, ours, 'haproxy')),
      atMost: 1.05,
    },
    bar('CPU of mini-proxy, WebSocket, to Envoy', costRatio(samples, ours, 'envoy')),
    {
      ...bar(
        'CPU of http-proxy-3, WebSocket, to mini-proxy',
        costRatio(samples, 'http-proxy-3', ours),
      ),
      atLeast: 1.1,
    },
  ]
}
