import { readFileSync } from 'node:fs'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { Server } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../../src/index.ts'
import { cluster, http, listener, routesTo, tls } from '../resources.ts'
import { ask, h2 } from './h2-client.ts'
import { app, atEnd, listening } from './mesh.ts'

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const pem = (name: string): object => ({ inlineString: read(name) })

async function running(resources: Parameters<typeof viewOf>[0]): Promise<MeshProxy> {
  const proxy = createProxy({})
  atEnd(() => proxy.close())
  await proxy.apply(viewOf(resources))
  return proxy
}

describe('a listener with TLS', () => {
  test.each([
    ['h2', '2'],
    ['http/1.1', '1.1'],
  ])('that a client agrees on %s with speaks HTTP/%s', async (protocol, version) => {
    const appPort = await app(1, (_, response) => response.end('hello'))
    const transportSocket = tls('Downstream', {
      commonTlsContext: {
        tlsCertificates: [{ certificateChain: pem('server'), privateKey: pem('server-key') }],
        alpnProtocols: ['h2', 'http/1.1'],
      },
    })
    const proxy = await running({
      listeners: [
        listener('in', [], { filterChains: [{ filters: [http('main')], transportSocket }] }),
      ],
      clusters: [cluster('app', [appPort])],
      routes: [routesTo('main', 'app')],
    })
    const port = proxy.listeners.get('in')?.port ?? 0
    const socket = tlsConnect({
      port,
      host: '127.0.0.1',
      servername: 'server.test',
      ca: read('ca'),
      ALPNProtocols: [protocol],
    })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    expect(socket.alpnProtocol).toBe(protocol)
    if (version === '2') {
      const session = connectHttp2('https://server.test', { createConnection: () => socket })
      atEnd(() => session.destroy())
      expect((await ask(session)).body.toString()).toBe('hello')
    } else {
      socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
      let text = ''
      for await (const chunk of socket.setEncoding('utf8')) text += chunk
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.|\s)*hello$/)
    }
    const name = version === '2' ? 'downstream_rq_http2_total' : 'downstream_rq_http1_total'
    expect(proxy.stats.counter(`http.test.${name}`).value).toBe(1)
  })
})

describe('a cluster that goes by ALPN', () => {
  const credentials = { cert: read('server'), key: read('server-key') }
  const autoConfig = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    autoConfig: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
  }
  const transportSocket = tls('Upstream', {
    sni: 'server.test',
    commonTlsContext: { validationContext: { trustedCa: pem('ca') } },
  })

  async function front(server: Server, more: object): Promise<MeshProxy> {
    return running({
      listeners: [listener('in', [http('main')])],
      clusters: [
        cluster('app', [await listening(server)], {
          typedExtensionProtocolOptions: { http: autoConfig },
          ...more,
        }),
      ],
      routes: [routesTo('main', 'app')],
    })
  }

  test.each([
    [2, () => createSecureServer(credentials, (_, response) => void response.end('hello'))],
    [1, () => createHttps(credentials, (_, response) => void response.end('hello'))],
  ] as const)('speaks HTTP/%i to a host that does', async (version, create) => {
    const proxy = await front(create(), { transportSocket })
    const session = h2(proxy.listeners.get('in')?.port ?? 0)
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(session)))
    expect(replies.map((it) => it.body.toString())).toEqual(Array(5).fill('hello'))
    expect((await ask(session)).status).toBe(200)
    const total = proxy.stats.counter('cluster.app.upstream_cx_total').value
    expect(proxy.stats.counter(`cluster.app.upstream_cx_http${version}_total`).value).toBe(total)
    expect(proxy.stats.gauge('cluster.app.circuit_breakers.default.rq_pending_open').value).toBe(0)
  })

  test('fails what waits when its host is not there', async () => {
    const proxy = await running({
      listeners: [listener('in', [http('main')])],
      clusters: [
        cluster('app', [1], {
          typedExtensionProtocolOptions: { http: autoConfig },
          transportSocket,
        }),
      ],
      routes: [routesTo('main', 'app')],
    })
    const session = h2(proxy.listeners.get('in')?.port ?? 0)
    const replies = await Promise.all([ask(session), ask(session)])
    expect(replies.map(({ status }) => status)).toEqual([503, 503])
  })
})

describe('a cluster that speaks what the client does', () => {
  test.each([1, 2] as const)('asks with HTTP/%i what came with it', async (version) => {
    const useDownstream = {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
    }
    const appPort = await app(version, (request, response) => response.end(request.httpVersion))
    const proxy = await running({
      listeners: [listener('in', [http('main')])],
      clusters: [
        cluster('app', [appPort], { typedExtensionProtocolOptions: { http: useDownstream } }),
      ],
      routes: [routesTo('main', 'app')],
    })
    const port = proxy.listeners.get('in')?.port ?? 0
    if (version === 2) expect((await ask(h2(port))).body.toString()).toBe('2.0')
    else expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('1.1')
  })
})
