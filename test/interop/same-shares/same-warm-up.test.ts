// A DestinationRule with a warm-up, served by our control plane to real Envoy and to the mini-proxy: a host that joins takes its share as
// slowly in both. The clock of real Envoy cannot be set, so this takes the time that it is about.
import { request } from 'node:http'
import { createServer } from 'node:net'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { expect, test } from 'vitest'
import { adsBootstrap } from '../../support/ads-bootstrap.ts'
import { until } from '../../support/until.ts'
import { startEnvoy } from '../support/envoy.ts'
import { startPlane } from '../support/plane.ts'
import { startHost } from './both-proxies.ts'

const windowSeconds = 6

/** The mesh: one service on a port for each of the two proxies, with endpoints on these ports. */
function meshOf(proxyPorts: readonly number[], endpointPorts: readonly number[]): string {
  const name = (port: number): string => `http-${port}`
  const sidecar = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: at-${port}, namespace: default}
spec:
  workloadSelector: {labels: {at: "${port}"}}
  egress:
  - {port: {number: ${port}, name: ${name(port)}, protocol: HTTP}, bind: 127.0.0.1, captureMode: NONE, hosts: ["./*"]}
---`
  return `${proxyPorts.map(sidecar).join('')}
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: warm, namespace: default}
spec:
  hosts: [warm.test]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [${proxyPorts.map((it) => `{number: ${it}, name: ${name(it)}, protocol: HTTP}`).join(', ')}]
  endpoints:
${endpointPorts
  .map((it) => {
    const ports = proxyPorts.map((port) => `${name(port)}: ${it}`).join(', ')
    return `  - {address: 127.0.0.1, ports: {${ports}}}`
  })
  .join('\n')}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: warm, namespace: default}
spec:
  host: warm.test
  trafficPolicy:
    loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: ${windowSeconds}s, minimumPercent: 10, aggression: 1}}
`
}

test('the share of a host that joins rises alike', async () => {
  const [first, second] = [await startHost('first'), await startHost('second')]
  const ports = [await freePort(), await freePort()]
  const fileOf = (...endpoints: number[]): { path: string; text: string }[] => [
    { path: 'mesh.yaml', text: meshOf(ports, endpoints) },
  ]
  await using mesh = await startPlane(fileOf(first.port))
  const bootstrap = (port: number | undefined): string =>
    adsBootstrap({
      id: `sidecar~127.0.0.9~at-${port}.default~default.svc.cluster.local`,
      labels: { at: String(port) },
      xdsAddress: mesh.xdsAddress,
      apiType: 'GRPC',
    })
  const envoy = await startEnvoy(bootstrap(ports[0]))
  const ours = await startProxy({ bootstrap: parseBootstrap(bootstrap(ports[1])) })
  await ours.ready
  const answered = (): Promise<(string | undefined)[]> => Promise.all(ports.map(hostAt))
  await until(
    'both proxies',
    async () => (await answered()).every((it) => it === 'first') || undefined,
  )
  // The first host, too, is new for so long.
  await passed(windowSeconds * 1000 + 500)
  mesh.source.set(fileOf(first.port, second.port))
  const start = await Promise.all(ports.map(joined))
  const slices = [0, 0.4, 0.75, 1.1]
  const shares = await Promise.all(
    ports.map(async (port, i) => {
      const found: number[] = []
      for (const slice of slices) {
        await passed((start[i] ?? 0) + slice * windowSeconds * 1000 - performance.now())
        found.push(await shareOfSecond(port, 700))
      }
      return found
    }),
  )
  const [theirs = [], own = []] = shares
  console.log(`Envoy ${theirs.map(percent).join(' ')}; we ${own.map(percent).join(' ')}`)
  for (const [i, share] of theirs.entries()) {
    expect(Math.abs(share - (own[i] ?? 0))).toBeLessThan(0.05)
  }
  // Of weights 1 and f the second host's share is f / (1 + f).
  expect(own[0]).toBeLessThan(0.2)
  expect(own[1]).toBeGreaterThan(0.25)
  expect(own[2]).toBeGreaterThan(own[1] ?? 1)
  expect(own[3]).toBeCloseTo(0.5, 1)

  await ours.close()
  await envoy.close()
  for (const host of [first, second]) {
    host.closeAllConnections()
    host.close()
  }
})

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** When the second host first answers. */
async function joined(port: number): Promise<number> {
  while ((await hostAt(port)) !== 'second') await passed(5)
  return performance.now()
}

/** Of the requests within so many milliseconds. */
async function shareOfSecond(port: number, ms: number): Promise<number> {
  const end = performance.now() + ms
  let [all, second] = [0, 0]
  while (performance.now() < end) {
    all++
    if ((await hostAt(port)) === 'second') second++
  }
  return second / all
}

/** Undefined: nobody answers yet. */
function hostAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { host: 'warm.test' }
    request({ host: '127.0.0.1', port, headers }, (response) => {
      response.resume().on('end', () => resolve(response.headers['x-host'] as string | undefined))
    })
      .on('error', () => resolve(undefined))
      .end()
  })
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
