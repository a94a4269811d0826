import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { readProxyHeader, writeProxyHeader } from '../src/network/proxy-header.ts'
import type { ProxyTlv } from '../src/network/proxy-tlvs.ts'
import { cluster, http, listener, routesTo, tcpProxy, tls } from './resources.ts'
import { serve } from './sockets.ts'

const folder = new URL('./fixtures/tls/', import.meta.url)
const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function telling(version: 'V1' | 'V2', transportSocket?: object): object {
  const type = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'
  return {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    typedConfig: {
      '@type': `type.googleapis.com/${type}`,
      config: { version },
      transportSocket: transportSocket ?? {
        name: 'raw',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
        },
      },
    },
  }
}

interface Told {
  readonly version: number
  readonly from: string
  readonly to: string
}

/** A server that reads a header off each connection and leaves the rest to `onSocket`. */
async function told(
  onSocket: (socket: Socket, rest: Buffer) => void,
): Promise<{ port: number; headers: Told[] }> {
  const headers: Told[] = []
  const server = await serve((socket) => {
    let bytes = Buffer.alloc(0)
    const look = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      const found = readProxyHeader(bytes)
      if (found.kind === 'more') return
      socket.off('data', look)
      if (found.kind !== 'header') {
        headers.push({ version: 0, from: found.kind, to: '' })
        socket.destroy()
        return
      }
      const { version, addresses: it } = found
      headers.push({
        version,
        from: it === undefined ? '' : `${it.sourceAddress}:${it.sourcePort}`,
        to: it === undefined ? '' : `${it.destinationAddress}:${it.destinationPort}`,
      })
      onSocket(socket, bytes.subarray(found.length))
    }
    socket.on('data', look)
  })
  closing.push(server.close)
  return { port: server.port, headers }
}

async function started(
  filter: Parameters<typeof listener>[1][number],
  to: object,
): Promise<{ proxy: MeshProxy; port: number }> {
  const proxy = createProxy()
  closing.push(() => proxy.close())
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [filter])],
      clusters: [to],
      routes: [routesTo('r', 'app')],
    }),
  )
  return { proxy, port: proxy.listeners.get('in')?.port ?? 0 }
}

function echoAfter(socket: Socket, rest: Buffer): void {
  socket.write(rest)
  socket.pipe(socket)
}

describe('a cluster whose hosts want a PROXY header', () => {
  test.each(['V1', 'V2'] as const)(
    'is told of the client of a relayed connection by %s',
    async (version) => {
      const server = await told(echoAfter)
      const app = cluster('app', [server.port], { transportSocket: telling(version) })
      const { port } = await started(tcpProxy('app'), app)
      const socket = connect(port, '127.0.0.1')
      closing.push(async () => void socket.destroy())
      let heard = ''
      socket.on('data', (chunk) => {
        heard += chunk.toString()
      })

      socket.write('ping')

      await vi.waitFor(() => expect(heard).toBe('ping'))
      expect(server.headers).toEqual([
        {
          version: version === 'V1' ? 1 : 2,
          from: `127.0.0.1:${socket.localPort}`,
          to: `127.0.0.1:${port}`,
        },
      ])
    },
  )

  test('is told before the TLS handshake', async () => {
    const pem = (name: string): string => readFileSync(new URL(`${name}.pem`, folder), 'utf8')
    let heard = ''
    const server = await told((socket, rest) => {
      socket.pause()
      socket.unshift(rest)
      const secure = new TLSSocket(socket, {
        isServer: true,
        cert: pem('server'),
        key: pem('server-key'),
      })
      secure.on('error', () => undefined)
      secure.on('data', (chunk) => {
        heard += chunk.toString()
      })
    })
    const inner = tls('Upstream', {})
    const app = cluster('app', [server.port], { transportSocket: telling('V2', inner) })
    const { port } = await started(tcpProxy('app'), app)
    const socket = connect(port, '127.0.0.1')
    closing.push(async () => void socket.destroy())

    socket.write('secret')

    await vi.waitFor(() => expect(heard).toBe('secret'))
    expect(server.headers).toMatchObject([{ version: 2, from: `127.0.0.1:${socket.localPort}` }])
  })

  test('gets a connection for each request, never one that was told of another client', async () => {
    const server = await told((socket, rest) => {
      const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
      if (rest.length > 0) socket.write(answer)
      socket.on('data', () => socket.write(answer))
    })
    const app = cluster('app', [server.port], { transportSocket: telling('V1') })
    const { proxy, port } = await started(http('r'), app)
    const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
    closing.push(async () => {
      for (const agent of agents) agent.destroy()
    })
    const ask = (agent: Agent): Promise<string> =>
      new Promise((resolve, reject) => {
        get({ port, host: '127.0.0.1', agent }, (response) => {
          const from = `127.0.0.1:${response.socket.localPort}`
          response.resume().once('end', () => resolve(from))
        }).once('error', reject)
      })

    const clients: string[] = []
    for (let i = 0; i < 6; i++) clients.push(await ask(agents[i % 2] ?? new Agent()))

    expect(new Set(clients).size).toBe(2)
    expect(server.headers.map((it) => it.from)).toEqual(clients)
    const active = proxy.stats.list().find((it) => it.name === 'cluster.app.upstream_cx_active')
    await vi.waitFor(() => expect(active?.instrument).toMatchObject({ value: 0 }))
  })
})

describe('what a PROXY header says besides', () => {
  const authority = { type: 2, value: Buffer.from('shop.test') }
  const uniqueId = { type: 5, value: Buffer.from('id-7') }
  const custom = { type: 0xea, value: Buffer.alloc(300, 'x') }
  const client = {
    sourceAddress: '203.0.113.7',
    sourcePort: 1234,
    destinationAddress: '198.51.100.9',
    destinationPort: 443,
  }
  const protocol = 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3'

  /** The extensions that a host is sent, read by the letter of the specification. */
  async function passedOn(
    kept: object,
    config: object,
    tlvs: readonly ProxyTlv[],
  ): Promise<ProxyTlv[]> {
    let received = Buffer.alloc(0)
    const host = await serve((socket) => {
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk])
      })
    })
    closing.push(host.close)
    const transport = telling('V2')
    const socketOfHosts = JSON.parse(JSON.stringify(transport))
    Object.assign(socketOfHosts.typedConfig.config, config)
    const proxy = createProxy()
    closing.push(() => proxy.close())
    const typedConfig = { '@type': `${protocol}.ProxyProtocol`, ...kept }
    const listenerFilters = [{ name: 'proxy_protocol', typedConfig }]
    await proxy.apply(
      viewOf({
        listeners: [listener('in', [tcpProxy('app')], { listenerFilters })],
        clusters: [cluster('app', [host.port], { transportSocket: socketOfHosts })],
      }),
    )
    const socket = connect(proxy.listeners.get('in')?.port ?? 0, '127.0.0.1')
    socket.on('error', () => undefined)
    closing.push(async () => void socket.destroy())
    socket.write(Buffer.concat([writeProxyHeader(2, client, tlvs), Buffer.from('body')]))
    await vi.waitFor(() => expect(received.subarray(-4).toString()).toBe('body'), 10_000)
    expect(received.readUInt16BE(14)).toBe(received.length - 16 - 4)
    const found: ProxyTlv[] = []
    // 16 bytes, two addresses and two ports; then extensions, up to the body.
    for (let at = 28; at < received.length - 4; at += 3 + received.readUInt16BE(at + 1)) {
      const value = received.subarray(at + 3, at + 3 + received.readUInt16BE(at + 1))
      found.push({ type: received[at] ?? 0, value: Buffer.from(value) })
    }
    return found
  }

  const all = { passThroughTlvs: { matchType: 'INCLUDE_ALL' } }
  const only = (...tlvType: number[]): object => ({
    passThroughTlvs: { matchType: 'INCLUDE', tlvType },
  })
  const sent = [authority, uniqueId, custom]

  test.each([
    ['all of it, where both ends want all', all, all, sent],
    ['what the listener keeps', only(2, 0xea), all, [authority, custom]],
    ['what hosts are to hear', all, only(5), [uniqueId]],
    ['nothing, unless the listener keeps it', {}, all, []],
    ['nothing, unless hosts are to hear of it', all, {}, []],
  ])('is passed on: %s', async (_, kept, config, expected) => {
    expect(await passedOn(kept, config, sent)).toEqual(expected)
  })

  test('but not the checksum and the padding of the header that it came in', async () => {
    const ofOneHeader = [
      { type: 3, value: Buffer.alloc(4) },
      { type: 4, value: Buffer.alloc(9) },
    ]
    expect(await passedOn(all, all, [...ofOneHeader, authority])).toEqual([authority])
  })

  test('has more added to it, which comes first', async () => {
    const addedTlvs = [{ type: 0xe1, value: Buffer.from('ours').toString('base64') }]
    expect(await passedOn(all, { ...all, addedTlvs }, [authority])).toEqual([
      { type: 0xe1, value: Buffer.from('ours') },
      authority,
    ])
  })

  test('is left out where the header has no room for it', async () => {
    const large = { type: 0xe2, value: Buffer.alloc(60_000, 1) }
    const addedTlvs = [{ type: 0xe1, value: Buffer.alloc(6000).toString('base64') }]
    const found = await passedOn(all, { ...all, addedTlvs }, [large])
    expect(found.map(({ type }) => type)).toEqual([0xe1])
  })

  test('cannot be a format', () => {
    const transport = JSON.parse(JSON.stringify(telling('V2')))
    transport.typedConfig.config.addedTlvs = [{ type: 1, formatString: {} }]
    const json = cluster('app', [1], { transportSocket: transport })
    expect(
      createProxy().check('type.googleapis.com/envoy.config.cluster.v3.Cluster', json),
    ).toContain('format_string is not supported')
  })
})
