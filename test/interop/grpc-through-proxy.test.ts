import {
  type Client,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** A service that sends back what it gets, as bytes. */
const raw = (value: Buffer): Buffer => value
const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${path}`,
  requestStream,
  responseStream,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
})
const definition = {
  unary: method('Unary', false, false),
  collect: method('Collect', true, false),
  repeat: method('Repeat', false, true),
  talk: method('Talk', true, true),
  fail: method('Fail', false, false),
  hang: method('Hang', false, false),
} satisfies ServiceDefinition
const EchoClient = makeGenericClientConstructor(definition, 'Echo')

interface Call {
  write(it: Buffer): boolean
  end(): void
  cancel(): void
  on(event: string, listener: (it: never) => void): Call
}
type Answered = (error: ServiceError | null, value?: Buffer) => void
interface Echo extends Client {
  unary(it: Buffer, meta: Metadata, options: object, done: Answered): Call
  collect(meta: Metadata, done: Answered): Call
  repeat(it: Buffer): Call
  talk(): Call
  fail(it: Buffer, done: Answered): Call
  hang(it: Buffer, meta: Metadata, options: object, done: Answered): Call
}

let cancelled = 0
const handlers: Record<string, UntypedHandleCall> = {
  unary: ((call: never, done: (error: null, it: Buffer, trailer: Metadata) => void) => {
    const { request, metadata, sendMetadata } = call as {
      request: Buffer
      metadata: Metadata
      sendMetadata(it: Metadata): void
    }
    const initial = new Metadata()
    initial.set('x-initial', String(metadata.get('x-sent')[0] ?? ''))
    sendMetadata.call(call, initial)
    const trailer = new Metadata()
    trailer.set('x-trailer', 'after')
    done(null, request, trailer)
  }) as UntypedHandleCall,
  collect: ((call: Call, done: (error: null, it: Buffer) => void) => {
    const all: Buffer[] = []
    call.on('data', (it: Buffer) => void all.push(it))
    call.on('end', () => done(null, Buffer.concat(all)))
  }) as unknown as UntypedHandleCall,
  repeat: ((call: Call & { request: Buffer }) => {
    for (let i = 0; i < 50; i++) call.write(Buffer.concat([call.request, Buffer.from([i])]))
    call.end()
  }) as unknown as UntypedHandleCall,
  talk: ((call: Call) => {
    call.on('data', (it: Buffer) => void call.write(it))
    call.on('end', () => call.end())
  }) as unknown as UntypedHandleCall,
  fail: ((_call: never, done: (error: object) => void) => {
    done({ code: status.FAILED_PRECONDITION, details: 'not – now' })
  }) as UntypedHandleCall,
  hang: ((call: Call) => {
    call.on('cancelled', () => {
      cancelled += 1
    })
  }) as unknown as UntypedHandleCall,
}

const server = new Server()
let proxy: MeshProxy
let client: Echo

beforeAll(async () => {
  server.addService(definition, handlers)
  const appPort = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    )
  })
  proxy = createProxy({})
  await proxy.apply(viewOf(resources(appPort)))
  const port = proxy.listeners.get('in')?.port ?? 0
  client = new EchoClient(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as Echo
})

afterAll(async () => {
  client.close()
  server.forceShutdown()
  await proxy.close()
})

const gauges = [
  'http.test.downstream_rq_active',
  'cluster.app.upstream_rq_active',
  'http2.streams_active',
  'cluster.app.http2.streams_active',
]
const active = (): number[] => gauges.map((it) => proxy.stats.gauge(it).value)

function unary(value: Buffer, options: object = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.unary(value, new Metadata(), options, (error, it) =>
      error === null && it !== undefined ? resolve(it) : reject(error),
    )
  })
}

describe('gRPC through the proxy, grpc-js at both ends', () => {
  test('a thousand unary calls at once come back byte for byte', async () => {
    const random = seededRandom(3)
    const values = Array.from({ length: 1000 }, () =>
      Buffer.from(Array.from({ length: Math.floor(random() * 3000) }, () => random() * 256)),
    )
    const answers = await Promise.all(values.map((it) => unary(it)))
    expect(answers.filter((it, i) => !it.equals(values[i] ?? Buffer.alloc(0)))).toEqual([])
    expect(active()).toEqual([0, 0, 0, 0])
    // Many calls, one connection each way.
    expect(proxy.stats.counter('cluster.app.upstream_cx_total').value).toBeLessThan(12)
  })

  test('metadata arrives, before and after the message', async () => {
    const meta = new Metadata()
    meta.set('x-sent', 'hello')
    const seen = await new Promise<string[]>((resolve, reject) => {
      const found: string[] = []
      const call = client.unary(Buffer.from('x'), meta, {}, (error) => error && reject(error))
      call.on('metadata', (it: Metadata) => void found.push(String(it.get('x-initial')[0])))
      call.on('status', (it: { metadata: Metadata }) => {
        found.push(String(it.metadata.get('x-trailer')[0]))
        resolve(found)
      })
    })
    expect(seen).toEqual(['hello', 'after'])
  })

  test('messages of a megabyte stream both ways', async () => {
    const big = Buffer.alloc(1_000_000, 'abcdefg')
    const got = await new Promise<Buffer>((resolve, reject) => {
      const call = client.collect(new Metadata(), (error, it) =>
        error === null && it !== undefined ? resolve(it) : reject(error),
      )
      for (let i = 0; i < 3; i++) call.write(big)
      call.end()
    }).catch((error: ServiceError) => error)
    // The answer of 3 MB is within what grpc-js takes.
    expect(got).toEqual(Buffer.concat([big, big, big]))
    const repeated = await new Promise<number[]>((resolve, reject) => {
      const lengths: number[] = []
      client
        .repeat(Buffer.alloc(20_000, 1))
        .on('data', (it: Buffer) => void lengths.push(it.length))
        .on('end', () => resolve(lengths))
        .on('error', reject)
    })
    expect(repeated).toEqual(Array.from({ length: 50 }, () => 20_001))
  })

  test('a conversation goes on message by message', async () => {
    const call = client.talk()
    const heard: string[] = []
    await new Promise<void>((resolve, reject) => {
      call.on('error', reject)
      call.on('end', () => resolve())
      call.on('data', (it: Buffer) => {
        heard.push(it.toString())
        if (heard.length < 20) call.write(Buffer.from(`${heard.length}`))
        else call.end()
      })
      call.write(Buffer.from('0'))
    })
    expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  test('a status that is an error arrives with its message', async () => {
    const error = await new Promise<ServiceError | null>((resolve) =>
      client.fail(Buffer.from(''), (it) => resolve(it)),
    )
    expect([error?.code, error?.details]).toEqual([status.FAILED_PRECONDITION, 'not – now'])
  })

  test('a call that is cancelled is cancelled at the server', async () => {
    const before = cancelled
    const error = await new Promise<ServiceError | null>((resolve) => {
      const call = client.hang(Buffer.from(''), new Metadata(), {}, (it) => resolve(it))
      setTimeout(() => call.cancel(), 100)
    })
    expect(error?.code).toBe(status.CANCELLED)
    await expect.poll(() => cancelled).toBe(before + 1)
    await expect.poll(active).toEqual([0, 0, 0, 0])
  })

  test('a deadline ends a call at both ends', async () => {
    const before = cancelled
    const error = await new Promise<ServiceError | null>((resolve) =>
      client.hang(Buffer.from(''), new Metadata(), { deadline: Date.now() + 200 }, (it) =>
        resolve(it),
      ),
    )
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED)
    await expect.poll(() => cancelled).toBe(before + 1)
    await expect.poll(active).toEqual([0, 0, 0, 0])
  })

  test('a caller of what nobody serves is told in terms of gRPC', async () => {
    const nobody = createProxy({})
    await nobody.apply(viewOf(resources(1)))
    const address = `127.0.0.1:${nobody.listeners.get('in')?.port ?? 0}`
    const other = new EchoClient(address, credentials.createInsecure()) as unknown as Echo
    const error = await new Promise<ServiceError | null>((resolve) =>
      other.unary(Buffer.from('x'), new Metadata(), {}, (it) => resolve(it)),
    )
    expect(error?.code).toBe(status.UNAVAILABLE)
    expect(error?.details).toContain('connection failure')
    other.close()
    await nobody.close()
  })
})

function resources(appPort: number): Parameters<typeof viewOf>[0] {
  const prefix = 'type.googleapis.com/envoy.extensions'
  const http2 = {
    '@type': `${prefix}.upstreams.http.v3.HttpProtocolOptions`,
    explicitHttpConfig: { http2ProtocolOptions: {} },
  }
  const socketAddress = { address: '127.0.0.1', portValue: appPort }
  return {
    listeners: [
      {
        name: 'in',
        address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
        filterChains: [
          {
            filters: [
              {
                name: 'http',
                typedConfig: {
                  '@type': `${prefix}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
                  statPrefix: 'test',
                  routeConfig: {
                    name: 'r',
                    virtualHosts: [
                      {
                        name: 'v',
                        domains: ['*'],
                        routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }],
                      },
                    ],
                  },
                  httpFilters: [
                    {
                      name: 'router',
                      typedConfig: { '@type': `${prefix}.filters.http.router.v3.Router` },
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'app',
        type: 'STATIC',
        connectTimeout: '1s',
        circuitBreakers: {
          thresholds: [{ maxRequests: 5000, maxPendingRequests: 5000, maxConnections: 10 }],
        },
        typedExtensionProtocolOptions: { http: http2 },
        loadAssignment: {
          clusterName: 'app',
          endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }],
        },
      },
    ],
  }
}
