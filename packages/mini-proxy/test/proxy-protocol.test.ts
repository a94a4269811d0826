import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { writeProxyHeader } from '../src/network/proxy-header.ts'
import { cluster, http, listener, routesTo, saying, tcpProxy } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Listener = ReturnType<typeof listener>
type Filter = Parameters<typeof listener>[1][number]

function started(accessLog?: (line: string) => void): MeshProxy {
  const proxy = createProxy(accessLog && { accessLog })
  closing.push(() => proxy.close())
  return proxy
}

const prefix = 'type.googleapis.com/envoy.extensions'

function header(config: object = {}): NonNullable<Listener['listenerFilters']>[number] {
  const type = `${prefix}.filters.listener.proxy_protocol.v3.ProxyProtocol`
  return { name: 'proxy_protocol', typedConfig: { '@type': type, ...config } }
}

const client = {
  sourceAddress: '203.0.113.7',
  sourcePort: 1234,
  destinationAddress: '198.51.100.9',
  destinationPort: 443,
}

function telling(format: string): object {
  const type = `${prefix}.access_loggers.file.v3.FileAccessLog`
  const textFormatSource = { inlineString: format }
  return {
    name: 'log',
    typedConfig: { '@type': type, path: 'x', logFormat: { textFormatSource } },
  }
}

async function echoing(
  filters: object,
  more: Partial<Listener> = {},
): Promise<{
  port: number
  stat(name: string): number | undefined
  lines: string[]
}> {
  const lines: string[] = []
  const proxy = started((line) => lines.push(line))
  const server = await serve(echo)
  closing.push(server.close)
  const format =
    '%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS%\n'
  const relay = tcpProxy('echo', { accessLog: [telling(format)] })
  const listeners = [listener('in', [relay], { listenerFilters: [header(filters)], ...more })]
  await proxy.apply(viewOf({ listeners, clusters: [cluster('echo', [server.port])] }))
  const stat = (name: string): number | undefined => {
    const found = proxy.stats.list().find((it) => it.name === name)?.instrument
    return found?.kind === 'histogram' ? undefined : found?.value
  }
  return { port: proxy.listeners.get('in')?.port ?? 0, stat, lines }
}

/** A client that says nothing until told. */
function open(port: number): { socket: Socket; closed: Promise<unknown> } {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  closing.push(async () => void socket.destroy())
  return { socket, closed: new Promise((resolve) => socket.resume().once('close', resolve)) }
}

describe('a listener behind a proxy', () => {
  test.each([1, 2] as const)('takes the client from a header of version %i', async (version) => {
    const { port, stat, lines } = await echoing({})
    const text = writeProxyHeader(version, client).toString('latin1')

    const heard = await new Promise<string>((resolve) => {
      let all = ''
      const socket = connect(port, '127.0.0.1', () => {
        socket.end(Buffer.from(`${text}the rest`, 'latin1'))
      })
      socket.on('data', (chunk) => {
        all += chunk.toString()
      })
      socket.once('close', () => resolve(all))
    })

    expect(heard).toBe('the rest')
    expect(lines).toEqual(['203.0.113.7:1234 127.0.0.1 198.51.100.9:443\n'])
    expect(stat(`proxy_proto.versions.v${version}.found`)).toBe(1)
  })

  test('takes the connection itself where the proxy speaks for itself', async () => {
    const { port, lines } = await echoing({})

    expect(await exchange(port, 'PROXY UNKNOWN\r\nping')).toBe('ping')

    expect(lines[0]).toMatch(/^127\.0\.0\.1:\d+ 127\.0\.0\.1 127\.0\.0\.1:\d+\n$/)
  })

  test('closes a connection without a header, unless that is allowed', async () => {
    const strict = await echoing({ statPrefix: 'edge' })
    const lax = await echoing({ allowRequestsWithoutProxyProtocol: true })

    expect(await exchange(strict.port, 'ping')).toBe('')
    expect(await exchange(lax.port, 'ping')).toBe('ping')

    expect(strict.stat('proxy_proto.edge.not_found_disallowed')).toBe(1)
    expect(lax.stat('proxy_proto.not_found_allowed')).toBe(1)
  })

  test('closes a connection with a version that is not allowed, or with a broken header', async () => {
    const { port, stat } = await echoing({ disallowedVersions: ['V1'] })

    expect(await exchange(port, 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nping')).toBe('')
    expect(await exchange(port, 'PROXY TCP4 nonsense\r\nping')).toBe('')

    expect(stat('proxy_proto.versions.v1.disallowed')).toBe(1)
    expect(stat('proxy_proto.versions.v1.error')).toBe(1)
  })

  test('closes one whose header does not come in time, whatever else may be late', async () => {
    const { port, stat } = await echoing(
      {},
      { listenerFiltersTimeout: '0.1s', continueOnListenerFiltersTimeout: true },
    )
    const { socket, closed } = open(port)
    socket.write('PROX')

    await closed

    expect(stat('listener.127.0.0.1_0.downstream_pre_cx_timeout')).toBe(1)
  })

  test('looks for TLS and HTTP after the header', async () => {
    const proxy = started()
    const inspector = { '@type': `${prefix}.filters.listener.http_inspector.v3.HttpInspector` }
    await proxy.apply(
      viewOf({
        listeners: [
          listener('in', [], {
            listenerFilters: [header(), { name: 'http', typedConfig: inspector }],
            filterChains: [
              {
                filterChainMatch: { applicationProtocols: ['http/1.1'] },
                filters: [saying('http')],
              },
              { filters: [saying('raw')] },
            ],
          }),
        ],
      }),
    )
    const { port = 0 } = proxy.listeners.get('in') ?? {}
    const text = writeProxyHeader(1, client).toString()

    expect(await exchange(port, `${text}GET / HTTP/1.1\r\n\r\n`)).toBe('http')
    expect(await exchange(port, `${text}hello\n`)).toBe('raw')
  })

  test('chooses the chain by what the header says', async () => {
    const proxy = started()
    const chain = (
      match: object,
      text: string,
    ): { filterChainMatch: object; filters: Filter[] } => ({
      filterChainMatch: match,
      filters: [saying(text)],
    })
    await proxy.apply(
      viewOf({
        listeners: [
          listener('in', [], {
            listenerFilters: [header()],
            filterChains: [
              chain({ destinationPort: 443 }, 'port'),
              chain(
                { sourcePrefixRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] },
                'source',
              ),
              chain(
                { directSourcePrefixRanges: [{ addressPrefix: '127.0.0.1', prefixLen: 32 }] },
                'direct',
              ),
            ],
          }),
        ],
      }),
    )
    const { port = 0 } = proxy.listeners.get('in') ?? {}
    const from = (more: object): string =>
      writeProxyHeader(1, { ...client, destinationPort: 80, ...more }).toString()

    expect(await exchange(port, from({ destinationPort: 443 }))).toBe('port')
    expect(await exchange(port, from({ sourceAddress: '10.1.2.3' }))).toBe('direct')
    expect(await exchange(port, from({}))).toBe('direct')
  })

  test('hands a captured connection to the listener of its destination', async () => {
    const proxy = started()
    const unbound = { bindToPort: false }
    const at = (address: string, portValue: number): Partial<Listener> => ({
      ...unbound,
      address: { socketAddress: { address, portValue } },
    })
    await proxy.apply(
      viewOf({
        listeners: [
          listener('virtual', [saying('virtual')], {
            useOriginalDst: true,
            listenerFilters: [header()],
          }),
          listener('exact', [saying('exact')], at('198.51.100.9', 443)),
          listener('wildcard', [saying('wildcard')], at('0.0.0.0', 443)),
        ],
      }),
    )
    const { port = 0 } = proxy.listeners.get('virtual') ?? {}
    const to = (more: object): string => writeProxyHeader(1, { ...client, ...more }).toString()

    expect(await exchange(port, to({}))).toBe('exact')
    expect(await exchange(port, to({ destinationAddress: '198.51.100.10' }))).toBe('wildcard')
    expect(await exchange(port, to({ destinationPort: 80 }))).toBe('virtual')
  })

  test('tells an HTTP server who the client is', async () => {
    const proxy = started()
    let heard = ''
    const server = await serve((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString()
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      })
    })
    closing.push(server.close)
    await proxy.apply(
      viewOf({
        listeners: [
          listener('in', [http('r', { useRemoteAddress: true })], { listenerFilters: [header()] }),
        ],
        clusters: [cluster('app', [server.port])],
        routes: [routesTo('r', 'app')],
      }),
    )
    const { port = 0 } = proxy.listeners.get('in') ?? {}
    const { socket } = open(port)
    socket.write(`${writeProxyHeader(1, client)}GET / HTTP/1.1\r\nhost: a\r\n\r\n`)

    await vi.waitFor(() => expect(heard).toMatch(/^x-forwarded-for: 203\.0\.113\.7\r$/m))
  })

  test('is refused where the header would come too late, or never be right', () => {
    const proxy = createProxy()
    const inspector = { '@type': `${prefix}.filters.listener.tls_inspector.v3.TlsInspector` }
    const check = (listenerFilters: Listener['listenerFilters']): string | undefined =>
      proxy.check('type.googleapis.com/envoy.config.listener.v3.Listener', {
        ...listener('in', [saying('')]),
        listenerFilters,
      })

    expect(check([{ name: 'tls', typedConfig: inspector }, header()])).toMatch(/must be the first/)
    expect(check([header({ disallowedVersions: ['V1', 'V2'] })])).toMatch(/disallows every version/)
    expect(check([header()])).toBeUndefined()
  })
})

test('rules for what a header says besides are warned of', async () => {
  const warnings: string[] = []
  const proxy = createProxy({ log: ({ message }) => warnings.push(message) })
  closing.push(() => proxy.close())
  const rules = [{ tlvType: 2, onTlvPresent: { key: 'authority' } }]

  await proxy.apply(
    viewOf({
      listeners: [listener('in', [saying('hi')], { listenerFilters: [header({ rules })] })],
    }),
  )

  expect(warnings).toEqual(['ProxyProtocol.rules is accepted but does nothing'])
})
