import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createXdsServer } from '@meshwright/xds-server'
import { adsBootstrap } from '../../support/ads-bootstrap.ts'
import { until } from '../../support/until.ts'
import type { Bar } from '../bar.ts'
import { median } from '../median.ts'
import { answersOn, keptAlive } from './kept-alive.ts'
import { ProxyProcess } from './proxy-process.ts'
import { listenerOn, staticCluster } from './resources.ts'

const megabyte = 1e6
const connections = 10_000
const port = 19_950

/** Resident memory of a proxy that has nothing to do, and of connections that have nothing to say. */
export async function memoryBars(rounds: number): Promise<Bar[]> {
  const backend = createServer((_, response) => response.end('ok'))
  backend.listen(0, '127.0.0.1')
  const backendPort = await until(
    'the backend',
    () => (backend.address() as AddressInfo | null)?.port,
  )
  const turns = Array.from({ length: Math.max(1, Math.min(3, rounds)) })
  const idle: number[] = []
  const perConnection: number[] = []
  const withAds: number[] = []
  for (const _ of turns) {
    const fixed = await measureStatic(backendPort)
    idle.push(fixed.idle)
    perConnection.push(fixed.perConnection)
    withAds.push(await measureAds(backendPort))
  }
  backend.closeAllConnections()
  backend.close()
  const bar = (
    what: string,
    all: readonly number[],
    limits: Pick<Bar, 'atMost' | 'stretch'>,
  ): Bar => {
    const detail = `median of ${all.length}, resident memory`
    return { what, unit: 'MB', measured: median(all) / megabyte, ...limits, detail }
  }
  return [
    bar('idle, static bootstrap', idle, { atMost: 70, stretch: 60 }),
    bar('idle, by ADS', withAds, { atMost: 100, stretch: 85 }),
    {
      what: `each of ${connections} idle kept-alive connections`,
      unit: 'bytes',
      measured: median(perConnection),
      atMost: 10_000,
      stretch: 7_000,
      detail: 'resident memory with them, less that without, each after one request',
    },
  ]
}

async function measureStatic(backend: number): Promise<{ idle: number; perConnection: number }> {
  const staticResources = { listeners: [listenerOn(port)], clusters: [staticCluster(backend)] }
  const node = { id: 'bench', cluster: 'bench' }
  const proxy = ProxyProcess.start(JSON.stringify({ node, staticResources }))
  const sockets: Socket[] = []
  try {
    await until('the proxy to answer', () => answersOn(port))
    const idle = await proxy.restingBytes()
    for (let i = 0; i < connections / atOnce; i++) {
      sockets.push(...(await Promise.all(Array.from({ length: atOnce }, () => keptAlive(port)))))
    }
    const full = await proxy.restingBytes()
    return { idle, perConnection: (full - idle) / connections }
  } finally {
    for (const socket of sockets) socket.destroy()
    await proxy.end()
  }
}

/** So few that the kernel's queue of connections to be accepted holds them. */
const atOnce = 100

async function measureAds(backend: number): Promise<number> {
  const resources = { listeners: [listenerOn(port)], clusters: [staticCluster(backend)] }
  await using server = createXdsServer({ resourcesFor: () => resources })
  const { host, port: xdsPort } = await server.listen({ port: 0 })
  const bootstrap = adsBootstrap({
    id: 'sidecar~127.0.0.1~bench.default~default.svc.cluster.local',
    labels: {},
    xdsAddress: `${host}:${xdsPort}`,
    apiType: 'DELTA_GRPC',
  })
  const proxy = ProxyProcess.start(bootstrap)
  try {
    await until('the proxy to answer', () => answersOn(port))
    return await proxy.restingBytes()
  } finally {
    await proxy.end()
  }
}
