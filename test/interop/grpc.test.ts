import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Server } from '@grpc/grpc-js'
import type { SourceFile } from '@meshwright/mesh-config'
import type { ClientStatus } from '@meshwright/xds-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildGrpcGo } from '../peers/grpc-go.ts'
import { startHealthServer } from './support/health-server.ts'
import { startPlane } from './support/plane.ts'

const port = 50_051
const workloads = { v1: '127.0.1.7', v2: '127.0.1.8', v3: '127.0.1.9' }
const weights = { v1: 80, v2: 20 }

/** The greeter with these versions, four calls of five to v1, the rest to v2; v2's subset may have more than one workload. */
function greeter(endpoints: readonly { address: string; version: string }[]): SourceFile[] {
  const list = endpoints
    .map((it) => `    - { address: ${it.address}, labels: { version: ${it.version} } }`)
    .join('\n')
  return [
    {
      path: 'greeter.yaml',
      text: `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: greeter, namespace: default }
spec:
  hosts: [greeter.default.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{ number: ${port}, name: grpc, protocol: GRPC }]
  endpoints:
${list}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: greeter, namespace: default }
spec:
  host: greeter
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: greeter, namespace: default }
spec:
  hosts: [greeter]
  http:
    - route:
        - { destination: { host: greeter, subset: v1 }, weight: ${weights.v1} }
        - { destination: { host: greeter, subset: v2 }, weight: ${weights.v2} }
`,
    },
  ]
}

const before = greeter([
  { address: workloads.v1, version: 'v1' },
  { address: workloads.v2, version: 'v2' },
])
/** The second version moves to another workload. */
const after = greeter([
  { address: workloads.v1, version: 'v1' },
  { address: workloads.v3, version: 'v2' },
])

const servers: Server[] = []
let grpcGo = ''
beforeAll(async () => {
  grpcGo = buildGrpcGo()
  for (const [name, address] of Object.entries(workloads)) {
    servers.push(await startHealthServer(name, address, port))
  }
})
afterAll(() => {
  for (const server of servers) server.forceShutdown()
})

const clients = [
  { name: 'grpc-go', command: () => [grpcGo] },
  {
    name: 'grpc-js-xds',
    command: () => [process.execPath, 'test/interop/grpc-js-client.ts'],
  },
]

describe.each(clients)('$name through our control plane', ({ command }) => {
  test('splits by weight, and an endpoint moves under load without an error', async () => {
    await using plane = await startPlane(before)
    const calls = 600
    const client = startClient(command(), plane.xdsAddress, calls)
    const answers: string[] = []
    let changedAt = Number.POSITIVE_INFINITY
    let sync: ClientStatus | undefined
    createInterface({ input: client.stdout ?? process.stdin }).on('line', (line) => {
      answers.push(line)
      if (answers.length === calls / 2) {
        plane.source.set(after)
        changedAt = answers.length
      }
      if (answers.length === calls - 1) sync = plane.plane.clients()[0]
    })
    await once(client, 'close')

    const first = countsOf(answers.slice(0, changedAt))
    const last = countsOf(answers.slice(calls - 200))
    console.log(`before ${JSON.stringify(first)}, after ${JSON.stringify(last)}`)
    expect(answers.length).toBe(calls)
    expect(answers.filter((it) => it.startsWith('error'))).toEqual([])
    expect(Object.keys(first).sort()).toEqual(['backend v1', 'backend v2'])
    expect(Object.keys(last).sort()).toEqual(['backend v1', 'backend v3'])
    expectShare(first['backend v2'] ?? 0, calls / 2, weights.v2 / 100)
    expectShare(last['backend v3'] ?? 0, 200, weights.v2 / 100)
    expect(sync?.types.map((it) => [it.status, it.accepted !== undefined])).toEqual(
      ['cluster', 'endpoint', 'listener', 'route'].map(() => ['SYNCED', true]),
    )
  })
})

function startClient(command: readonly string[], xdsAddress: string, calls: number): ChildProcess {
  const [program = '', ...args] = command
  const bootstrap = {
    xds_servers: [
      {
        server_uri: xdsAddress,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['xds_v3'],
      },
    ],
    node: {
      id: 'sidecar~127.0.1.20~client.default~default.svc.cluster.local',
      locality: {},
      metadata: { GENERATOR: 'grpc', NAMESPACE: 'default' },
    },
  }
  const target = `xds:///greeter.default.svc.cluster.local:${port}`
  return spawn(program, [...args, target, String(calls), '4'], {
    env: { ...process.env, GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function countsOf(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1
  return counts
}

/** Within five standard deviations of a fair draw: a wrong weight fails, chance does not. */
function expectShare(count: number, total: number, share: number): void {
  const tolerance = 5 * Math.sqrt(total * share * (1 - share))
  expect(Math.abs(count - total * share)).toBeLessThan(tolerance)
}
