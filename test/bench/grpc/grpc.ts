import { fileURLToPath } from 'node:url'
import { ensurePrograms } from '../../peers/debian.ts'
import { installEnvoy } from '../../peers/envoy.ts'
import type { Bar } from '../bar.ts'
import type { BenchOptions } from '../bench-options.ts'
import { concludeBars } from '../committed-bars.ts'
import { type CostRow, costRows, costTable, requireAnswers, rowOf } from '../cost-rows.ts'
import { PinnedProcesses, versionOf } from '../pinned-processes.ts'
import { loadCore, loadInRounds, startProxies } from '../proxy-rounds.ts'
import { h2load } from './h2load.ts'
import { grpcProxies } from './proxies.ts'

const backendPort = 19_950
const messageBytes = 100
const multiplexed = { name: '8 connections x 16 streams', connections: 8, streams: 16 }
const single = { name: '64 x 1', connections: 64, streams: 1 }

/**
 * Unary gRPC calls of 100 B through nginx, haproxy, Envoy and mini-proxy: CPU time of the proxy per call, in rounds that
 * visit every proxy, the order turned round every other time.
 */
export async function benchGrpc(options: BenchOptions): Promise<boolean> {
  ensurePrograms({
    nginx: 'nginx-light',
    haproxy: 'haproxy',
    h2load: 'nghttp2-client',
    taskset: 'util-linux',
  })
  const rows = await measureAll(options)
  console.log(`${costTable(rows)}\n`)
  requireAnswers(rows)
  const measured = {
    load: `unary, ${messageBytes} B, h2load and echo server on core ${loadCore}`,
    peers: [versionOf('nginx -v'), versionOf('haproxy -v'), versionOf('h2load --version')],
    rows,
  }
  return concludeBars(barsOf(rows), { name: 'grpc', ...options, measured })
}

async function measureAll({ rounds, seconds }: BenchOptions): Promise<CostRow[]> {
  const processes = new PinnedProcesses()
  try {
    const echo = fileURLToPath(new URL('echo-server.ts', import.meta.url))
    const node = [process.execPath, '--conditions=@meshwright/source']
    const backend = [...node, echo, String(backendPort)]
    await processes.start({ command: backend, core: loadCore, port: backendPort })
    const body = processes.file('message', message())
    const proxies = grpcProxies(installEnvoy(), backendPort + 1, backendPort)
    const pids = await startProxies(processes, proxies)
    const rows: CostRow[] = []
    for (const { name, ...load } of [multiplexed, single]) {
      const samples = await loadInRounds(pids, rounds, (port) =>
        h2load({ ...load, port, seconds, body, core: loadCore }),
      )
      rows.push(...costRows(name, samples))
    }
    return rows
  } finally {
    await processes.end()
  }
}

/** A message of gRPC: not compressed, its length, and bytes. */
function message(): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(messageBytes, 1)
  return Buffer.concat([head, Buffer.alloc(messageBytes, 'm')])
}

function barsOf(rows: readonly CostRow[]): Bar[] {
  const to = (peer: 'haproxy' | 'Envoy', load: string): Omit<Bar, 'atMost'> => {
    const row = rowOf(rows, load, 'mini-proxy')
    return {
      what: `CPU of mini-proxy, gRPC ${load}, to ${peer}`,
      unit: 'x',
      measured: peer === 'haproxy' ? row.cpuToHaproxy : row.cpuToEnvoy,
      detail: `${row.cpuMicroseconds.toFixed(1)} µs per call`,
    }
  }
  return [
    { ...to('Envoy', multiplexed.name), atMost: 0.45, stretch: 0.3 },
    { ...to('haproxy', multiplexed.name), atMost: 1 },
    { ...to('Envoy', single.name), atMost: 0.75 },
    { ...to('haproxy', single.name), stretch: 1 },
  ]
}
