// One change of 100 endpoints goes to N clients, a connection each; milliseconds to the last ACK and
// CPU of the server per client. Beside it the same bytes from a bare gRPC server, which is the floor,
// and a server that encodes for every stream. Usage: node scripts/bench-push.ts [N] [ROUNDS]
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import {
  DiscoveryRequest,
  DiscoveryResponse,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import { adsService } from '../src/ads-service.ts'
import { createXdsServer } from '../src/index.ts'

const typeUrl = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'
const endpointCount = 100

/** One way to push, ready to be measured. */
interface Contender {
  readonly name: string
  readonly port: number
  /** Resolves when every client has answered. */
  push(version: number): Promise<void>
}

function assignment(version: number) {
  const lbEndpoints = Array.from({ length: endpointCount }, (_, i) => ({
    endpoint: {
      address: { socketAddress: { address: `10.0.${version % 250}.${i}`, portValue: 8080 } },
    },
    healthStatus: 'HEALTHY' as const,
    loadBalancingWeight: 1,
  }))
  return { clusterName: 'c', endpoints: [{ locality: { region: 'r' }, lbEndpoints }] }
}

async function ours(): Promise<Contender> {
  let endpoints = assignment(0)
  const server = createXdsServer({ resourcesFor: () => ({ endpoints: [endpoints] }) })
  const { port } = await server.listen({ port: 0 })
  return {
    name: 'xds-server',
    port,
    push(version) {
      endpoints = assignment(version)
      server.push('bench')
      return server.settled()
    },
  }
}

/** A server without any state that writes what `bytesOf` gives to every stream. */
async function bare(name: string, bytesOf: (version: number) => () => Buffer): Promise<Contender> {
  const calls = new Set<ServerDuplexStream<Buffer, Buffer>>()
  let waiting = 0
  let done: () => void = () => undefined
  const open = (call: ServerDuplexStream<Buffer, Buffer>) => {
    calls.add(call)
    let greeted = false
    call.on('data', () => {
      if (!greeted) call.write(bytesOf(0)())
      greeted = true
      waiting -= 1
      if (waiting === 0) done()
    })
    call.on('error', () => calls.delete(call))
  }
  const server = new Server()
  server.addService(adsService, { streamAggregatedResources: open, deltaAggregatedResources: open })
  const port = await new Promise<number>((resolve) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) =>
      resolve(bound),
    )
  })
  return {
    name,
    port,
    push(version) {
      waiting = calls.size
      const make = bytesOf(version)
      for (const call of calls) call.write(make())
      return new Promise((resolve) => {
        done = resolve
      })
    },
  }
}

function encode(version: number): Buffer {
  const message = ClusterLoadAssignment.fromJson(assignment(version))
  const resources = [{ typeUrl, value: ClusterLoadAssignment.encode(message) }]
  const response = { versionInfo: String(version), typeUrl, nonce: String(version), resources }
  return Buffer.from(DiscoveryResponse.encode(response))
}

async function measure(contender: Contender, clients: number, rounds: number): Promise<string> {
  const child: ChildProcess = fork(import.meta.filename, [
    'client',
    String(contender.port),
    String(clients),
  ])
  await once(child, 'message')
  const ms: number[] = []
  const cpu: number[] = []
  const warmUps = 3
  for (let round = 1; round <= rounds + warmUps; round++) {
    const cpuBefore = process.cpuUsage()
    const before = performance.now()
    await contender.push(round)
    if (round <= warmUps) continue
    ms.push(performance.now() - before)
    const { user, system } = process.cpuUsage(cpuBefore)
    cpu.push((user + system) / clients)
  }
  child.kill()
  return `${contender.name.padEnd(20)} ${median(ms).toFixed(0).padStart(6)} ms ${median(cpu).toFixed(0).padStart(6)} us/client`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function runClients(port: number, count: number): Promise<void> {
  const same = (bytes: Buffer) => bytes
  const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources'
  let ready = 0
  const begun: Promise<void>[] = []
  for (let i = 0; i < count; i++) {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    })
    const call = client.makeBidiStreamRequest(path, same, same)
    call.on('error', () => process.exit())
    const request = { typeUrl, resourceNames: ['c'] }
    call.write(Buffer.from(DiscoveryRequest.encode({ ...request, node: { id: `n${i}` } })))
    begun.push(
      new Promise((resolve) => {
        call.on('data', (bytes: Buffer) => {
          const responseNonce = DiscoveryResponse.decode(bytes).nonce ?? ''
          call.write(Buffer.from(DiscoveryRequest.encode({ ...request, responseNonce })))
          ready += 1
          resolve()
        })
      }),
    )
  }
  await Promise.all(begun)
  process.send?.(ready)
}

const [first = '2000', second = '9', third] = process.argv.slice(2)
if (first === 'client') await runClients(Number(second), Number(third))
else {
  const [clients, rounds] = [Number(first), Number(second)]
  const contenders = [
    await ours(),
    await bare('same bytes, bare', (version) => {
      const bytes = encode(version)
      return () => bytes
    }),
    await bare('encoded per stream', (version) => () => encode(version)),
  ]
  process.stdout.write(`${clients} clients, Node ${process.version}\n`)
  for (const contender of contenders)
    process.stdout.write(`${await measure(contender, clients, rounds)}\n`)
  process.exit()
}
