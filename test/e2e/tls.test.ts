import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { bodyOf } from './support/app.ts'
import { call } from './support/http.ts'
import { at, httpManager, tls } from './support/resources.ts'

const folder = new URL('../../packages/mini-proxy/test/fixtures/tls/', import.meta.url)
const pem = (name: string): string => readFileSync(new URL(`${name}.pem`, folder), 'utf8')
const inline = (name: string) => ({ inlineString: pem(name) })
const file = (name: string) => ({ filename: fileURLToPath(new URL(`${name}.pem`, folder)) })
const certificate = (name: string, from: typeof inline | typeof file) => ({
  tlsCertificates: [{ certificateChain: from(name), privateKey: from(`${name}-key`) }],
})

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A proxy that has everything from its bootstrap. */
async function proxyOf(staticResources: object) {
  const running = await startProxy({
    bootstrap: parseBootstrap(JSON.stringify({ node: { id: 'a', cluster: 'a' }, staticResources })),
  })
  closing.push(() => running.close())
  await running.ready
  return running.proxy
}

const routesOf = (action: object) => ({
  rds: undefined,
  routeConfig: {
    name: 'r',
    virtualHosts: [
      { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, ...action }] },
    ],
  },
})
const saying = (text: string) =>
  routesOf({ directResponse: { status: 200, body: { inlineString: text } } })

interface TlsAnswer {
  readonly status: number
  readonly body: string
}

/** What an HTTPS client hears that asks for this name; the error's code if it hears nothing. */
function ask(port: number, servername: string, more: object = {}): Promise<TlsAnswer | string> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, servername, ca: pem('ca'), agent: false },
        ...more,
        headers: { host: servername },
      },
      (response) => {
        void bodyOf(response).then((body) => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    outgoing.end()
  })
}

test('HTTPS ends at the proxy: the server name chooses certificate and routes, from files or inline, and another name gets nothing', async () => {
  const chain = (serverNames: string[], text: string, from: typeof inline | typeof file) => ({
    filterChainMatch: { serverNames },
    filters: [httpManager(text, saying(text))],
    transportSocket: tls('Downstream', { commonTlsContext: certificate('server', from) }),
  })
  const inspector = 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3'
  const proxy = await proxyOf({
    listeners: [
      {
        name: 'in',
        address: at(0),
        listenerFilters: [{ name: 'tls', typedConfig: { '@type': `${inspector}.TlsInspector` } }],
        filterChains: [
          chain(['server.test'], 'exact', inline),
          chain(['*.wild.test'], 'wild', file),
        ],
      },
    ],
  })
  const port = proxy.listeners.get('in')?.port ?? 0

  const sent = 20
  const answers = await Promise.all(
    Array.from({ length: sent }, (_, i) => ask(port, i % 2 === 0 ? 'server.test' : 'a.wild.test')),
  )
  expect(answers).toEqual(
    answers.map((_, i) => ({ status: 200, body: i % 2 === 0 ? 'exact' : 'wild' })),
  )
  expect(await ask(port, 'other.test')).toMatch(/ECONNRESET|socket/)
  const plain = await call({ address: '127.0.0.1', port, host: 'server.test' }).catch(String)
  expect(plain).toMatch(/reset|hang up|closed/i)
  expect(await ask(port, 'server.test', { ca: pem('other-ca') })).toMatch(/VERIFY|UNABLE|SELF/)
})

test('routes see the certificate that a client shows, and a matcher tree the name it asks for and where it comes from', async () => {
  const answer = (text: string) => ({ status: 200, body: { inlineString: text } })
  const onMatch = (text: string) => ({
    action: {
      name: 'route',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.config.route.v3.Route',
        match: { prefix: '/' },
        directResponse: answer(text),
      },
    },
  })
  const input = (type: string) => ({
    name: 'input',
    typedConfig: {
      '@type': `type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.${type}`,
    },
  })
  const predicate = (type: string, exact: string) => ({
    singlePredicate: { input: input(type), valueMatch: { exact } },
  })
  const virtualHosts = [
    {
      name: 'by certificate',
      domains: ['server.test'],
      routes: [
        {
          match: { prefix: '/', tlsContext: { validated: true } },
          directResponse: answer('validated'),
        },
        {
          match: { prefix: '/', tlsContext: { presented: false } },
          directResponse: answer('anonymous'),
        },
      ],
    },
    {
      name: 'by connection',
      domains: ['a.wild.test'],
      matcher: {
        matcherList: {
          matchers: [
            {
              predicate: {
                andMatcher: {
                  predicate: [
                    predicate('ServerNameInput', 'a.wild.test'),
                    predicate('SourceIPInput', '127.0.0.1'),
                  ],
                },
              },
              onMatch: onMatch('from here'),
            },
          ],
        },
        onNoMatch: onMatch('from elsewhere'),
      },
    },
  ]
  const filters = [httpManager('r', { rds: undefined, routeConfig: { name: 'r', virtualHosts } })]
  const commonTlsContext = {
    ...certificate('server', inline),
    validationContext: { trustedCa: inline('ca') },
  }
  const transportSocket = tls('Downstream', { commonTlsContext })
  const proxy = await proxyOf({
    listeners: [{ name: 'in', address: at(0), filterChains: [{ filters, transportSocket }] }],
  })
  const port = proxy.listeners.get('in')?.port ?? 0

  const client = { cert: pem('client'), key: pem('client-key') }
  expect(await ask(port, 'server.test', client)).toEqual({ status: 200, body: 'validated' })
  expect(await ask(port, 'server.test')).toEqual({ status: 200, body: 'anonymous' })
  expect(await ask(port, 'a.wild.test')).toEqual({ status: 200, body: 'from here' })
  expect(await ask(port, 'a.wild.test', { localAddress: '127.0.0.2' })).toEqual({
    status: 200,
    body: 'from elsewhere',
  })
})

test('the proxy speaks TLS to an upstream of the right name only; for any other it answers 503 and sends no byte of the request', async () => {
  let requests = 0
  const backend = createServer(
    { cert: pem('server'), key: pem('server-key'), ca: pem('ca'), requestCert: true },
    (incoming, response) => {
      requests += 1
      incoming.resume().on('end', () => response.end('secure'))
    },
  )
  backend.on('tlsClientError', () => undefined)
  // In front of it: all that comes, as it is on the wire.
  const wire: Buffer[] = []
  const tap = createTcpServer((socket) => {
    const onward = connect((backend.address() as AddressInfo).port, '127.0.0.1')
    socket.on('data', (chunk) => void wire.push(chunk))
    socket.on('error', () => onward.destroy()).pipe(onward)
    onward.on('error', () => socket.destroy()).pipe(socket)
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve))
  closing.push(
    () => new Promise((resolve) => tap.close(resolve)),
    () => backend.close().closeAllConnections(),
  )
  const { port } = tap.address() as AddressInfo
  const name = (sanType: string, exact: string) => ({ sanType, matcher: { exact } })
  const contexts = {
    right: {
      trustedCa: file('ca'),
      matchTypedSubjectAltNames: [name('URI', 'spiffe://cluster.local/ns/default/sa/server')],
    },
    wrongName: {
      trustedCa: inline('ca'),
      matchTypedSubjectAltNames: [name('URI', 'spiffe://cluster.local/ns/default/sa/client')],
    },
    wrongDns: {
      trustedCa: inline('ca'),
      matchTypedSubjectAltNames: [name('DNS', 'server.other.test')],
    },
    wrongAuthority: { trustedCa: inline('other-ca') },
  }
  const proxy = await proxyOf({
    listeners: Object.keys(contexts).map((it) => ({
      name: it,
      address: at(0),
      filterChains: [{ filters: [httpManager(it, routesOf({ route: { cluster: it } }))] }],
    })),
    clusters: Object.entries(contexts).map(([it, validationContext]) => ({
      name: it,
      type: 'STATIC',
      connectTimeout: '5s',
      loadAssignment: {
        clusterName: it,
        endpoints: [{ lbEndpoints: [{ endpoint: { address: at(port) } }] }],
      },
      transportSocket: tls('Upstream', {
        sni: 'server.test',
        commonTlsContext: { ...certificate('client', inline), validationContext },
      }),
    })),
  })
  const through = (it: keyof typeof contexts) =>
    call({
      ...{ address: '127.0.0.1', port: proxy.listeners.get(it)?.port ?? 0, host: 'a.test' },
      path: '/very-secret',
    })

  const each = 5
  for (let i = 0; i < each; i++) {
    expect(await through('right')).toMatchObject({ status: 200, body: 'secure' })
    for (const wrong of ['wrongName', 'wrongDns', 'wrongAuthority'] as const) {
      expect((await through(wrong)).status).toBe(503)
    }
  }

  expect(requests).toBe(each)
  const seen = Buffer.concat(wire)
  // A TLS handshake record comes first.
  expect(seen[0]).toBe(22)
  expect(seen.includes('very-secret')).toBe(false)
  for (const wrong of ['wrongName', 'wrongDns', 'wrongAuthority']) {
    const count = (it: string) => proxy.stats.counter(`cluster.${wrong}.${it}`).value
    expect(count('upstream_cx_connect_fail')).toBe(each)
    expect(count('upstream_cx_total')).toBe(each)
  }
  await until('connections to settle', () => proxy.activeConnections === 0)
})
