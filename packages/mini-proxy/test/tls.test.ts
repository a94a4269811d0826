import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, listener, saying, tcpProxy, tls } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(): MeshProxy {
  const proxy = createProxy()
  closing.push(() => proxy.close())
  return proxy
}

const folder = new URL('./fixtures/tls/', import.meta.url)
const pem = (name: string): string => readFileSync(new URL(`${name}.pem`, folder), 'utf8')
const certificate = (name: string): object => ({
  certificateChain: { inlineString: pem(name) },
  privateKey: { inlineString: pem(`${name}-key`) },
})
const trustedCa = { inlineString: pem('ca') }
const clientId = 'spiffe://cluster.local/ns/default/sa/client'
const serverId = 'spiffe://cluster.local/ns/default/sa/server'

/** What a TLS client of this name hears; empty if it was turned away. */
function hear(port: number, name?: string, more: object = {}): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket: TLSSocket = connect({
      port,
      host: '127.0.0.1',
      ca: pem('ca'),
      servername: 'server.test',
      ...(name !== undefined && { cert: pem(name), key: pem(`${name}-key`) }),
      ...more,
    })
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(heard))
  })
}

function mutual(matchers: readonly object[]): object {
  return tls('Downstream', {
    requireClientCertificate: true,
    commonTlsContext: {
      tlsCertificates: [certificate('server')],
      validationContext: { trustedCa, matchTypedSubjectAltNames: matchers },
    },
  })
}

const plainTls = tls('Downstream', {
  commonTlsContext: { tlsCertificates: [certificate('server')] },
})

function portOf(proxy: MeshProxy, name = 'in'): number {
  return proxy.listeners.get(name)?.port ?? 0
}

async function listening(transportSocket: object): Promise<number> {
  const proxy = started()
  const chain = { filters: [saying('welcome')], transportSocket }
  await proxy.apply(viewOf({ listeners: [listener('in', [], { filterChains: [chain] })] }))
  return portOf(proxy)
}

describe('a listener with TLS', () => {
  test('serves a client that trusts its certificate', async () => {
    expect(await hear(await listening(plainTls))).toBe('welcome')
  })

  test('gives a plain client nothing', async () => {
    expect(await exchange(await listening(plainTls), 'GET / HTTP/1.1\r\n\r\n')).not.toContain(
      'welcome',
    )
  })

  test('admits a client certificate of its authority, and no other', async () => {
    const port = await listening(mutual([]))

    expect(await hear(port, 'client')).toBe('welcome')
    expect(await hear(port, 'stranger')).toBe('')
    expect(await hear(port)).toBe('')
  })

  test('admits the named client only, whatever text other names hold', async () => {
    const port = await listening(mutual([{ sanType: 'URI', matcher: { exact: clientId } }]))

    expect(await hear(port, 'client')).toBe('welcome')
    expect(await hear(port, 'spoofer')).toBe('')
    expect(await hear(port, 'server')).toBe('')
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'knows the client of a resumed session again (%s)',
    async (maxVersion) => {
      const port = await listening(mutual([{ sanType: 'URI', matcher: { exact: clientId } }]))
      const visit = (
        session?: Buffer,
      ): Promise<{ heard: string; reused: boolean; session: Buffer | undefined }> =>
        new Promise((resolve) => {
          let heard = ''
          let latest: Buffer | undefined
          let reused = false
          const socket = connect({
            port,
            ca: pem('ca'),
            servername: 'server.test',
            cert: pem('client'),
            key: pem('client-key'),
            maxVersion,
            ...(session && { session }),
          })
          socket.on('session', (it) => {
            latest = it
          })
          socket.once('secureConnect', () => {
            reused = socket.isSessionReused()
          })
          socket.on('data', (chunk) => {
            heard += chunk
          })
          socket.on('error', () => undefined)
          socket.once('close', () => resolve({ heard, reused, session: latest }))
        })

      const first = await visit()
      const second = await visit(first.session)

      expect(first).toMatchObject({ heard: 'welcome', reused: false })
      expect(second).toMatchObject({ heard: 'welcome', reused: true })
    },
  )

  test.each(['1.5s', '4294967295s', '0.000000001s'])(
    'serves with a session_timeout of %s',
    async (sessionTimeout) => {
      const port = await listening(
        tls('Downstream', {
          sessionTimeout,
          commonTlsContext: { tlsCertificates: [certificate('server')] },
        }),
      )

      expect(await hear(port)).toBe('welcome')
    },
  )

  test('agrees on the protocol of its own that comes first, and goes on without one', async () => {
    const port = await listening(
      tls('Downstream', {
        commonTlsContext: {
          tlsCertificates: [certificate('server')],
          alpnProtocols: ['istio', 'http/1.1'],
        },
      }),
    )
    const agreed = (ALPNProtocols: string[]): Promise<string | false | null> =>
      new Promise((resolve) => {
        const socket = connect(
          { port, ca: pem('ca'), servername: 'server.test', ALPNProtocols },
          () => {
            resolve(socket.alpnProtocol)
            socket.destroy()
          },
        )
      })

    expect(await agreed(['http/1.1', 'istio'])).toBe('istio')
    expect(await agreed(['unheard-of'])).toBe('unheard-of')
  })
})

describe('filter chains of one port', () => {
  test('are chosen by server name, also when the ClientHello comes in pieces, and plain text has its own', async () => {
    const proxy = started()
    const chain = (text: string, filterChainMatch: object, transportSocket?: object): object => ({
      filters: [saying(text)],
      filterChainMatch,
      ...(transportSocket && { transportSocket }),
    })
    await proxy.apply(
      viewOf({
        listeners: [
          listener('in', [], {
            filterChains: [
              chain('exact', { serverNames: ['server.test'] }, plainTls),
              chain('wild', { serverNames: ['*.wild.test'] }, plainTls),
              chain('plain', { transportProtocol: 'raw_buffer' }),
            ],
          }),
        ],
      }),
    )
    const port = portOf(proxy)

    expect(await hear(port, undefined, { servername: 'server.test' })).toBe('exact')
    expect(await hear(port, undefined, { servername: 'a.wild.test' })).toBe('wild')
    expect(await hear(port, undefined, { servername: 'other.test' })).toBe('')
    expect(await exchange(port, 'no hello')).toBe('plain')
    const many = Array.from({ length: 500 }, (_, i) => `protocol-of-some-length-${i}`)
    expect(await hear(port, undefined, { ALPNProtocols: many })).toBe('exact')
  })

  test('let TLS pass untouched to a cluster', async () => {
    const proxy = started()
    const inner = started()
    const chain = { filters: [saying('inner')], transportSocket: plainTls }
    await inner.apply(viewOf({ listeners: [listener('in', [], { filterChains: [chain] })] }))
    const filterChains = [
      { filterChainMatch: { serverNames: ['server.test'] }, filters: [tcpProxy('inner')] },
    ]

    await proxy.apply(
      viewOf({
        listeners: [listener('in', [], { filterChains })],
        clusters: [cluster('inner', [portOf(inner)])],
      }),
    )

    expect(await hear(portOf(proxy))).toBe('inner')
  })
})

describe('a cluster with TLS', () => {
  async function through(validationContext: object): Promise<string> {
    const server = await serve(echo)
    closing.push(server.close)
    const far = started()
    const near = started()
    const farChain = {
      filters: [tcpProxy('echo')],
      transportSocket: mutual([{ sanType: 'URI', matcher: { exact: clientId } }]),
    }
    await far.apply(
      viewOf({
        listeners: [listener('in', [], { filterChains: [farChain] })],
        clusters: [cluster('echo', [server.port])],
      }),
    )
    const transportSocket = tls('Upstream', {
      sni: 'server.test',
      commonTlsContext: { tlsCertificates: [certificate('client')], validationContext },
    })
    await near.apply(
      viewOf({
        listeners: [listener('in', [tcpProxy('far')])],
        clusters: [cluster('far', [portOf(far)], { transportSocket })],
      }),
    )
    return exchange(portOf(near), 'through two proxies')
  }

  test('relays through mutual TLS between two proxies', async () => {
    const matchTypedSubjectAltNames = [{ sanType: 'URI', matcher: { exact: serverId } }]

    expect(await through({ trustedCa, matchTypedSubjectAltNames })).toBe('through two proxies')
  })

  test('sends nothing to a server of another name or authority', async () => {
    const matchTypedSubjectAltNames = [{ sanType: 'URI', matcher: { exact: clientId } }]

    expect(await through({ trustedCa, matchTypedSubjectAltNames })).toBe('')
    expect(await through({ trustedCa: { inlineString: pem('other-ca') } })).toBe('')
  })

  test('chooses plain text or TLS by the metadata of the endpoint', async () => {
    const server = await serve(echo)
    closing.push(server.close)
    const far = started()
    const near = started()
    const farChain = { filters: [tcpProxy('echo')], transportSocket: plainTls }
    await far.apply(
      viewOf({
        listeners: [listener('in', [], { filterChains: [farChain] })],
        clusters: [cluster('echo', [server.port])],
      }),
    )
    const meshed = { filterMetadata: { 'envoy.transport_socket_match': { tlsMode: 'istio' } } }
    const address = (portValue: number): object => ({
      endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
    })
    const transportSocketMatches = [
      {
        name: 'istio',
        match: { tlsMode: 'istio' },
        transportSocket: tls('Upstream', {
          commonTlsContext: { validationContext: { trustedCa } },
        }),
      },
    ]
    const mixed = (name: string, lbEndpoint: object): ReturnType<typeof cluster> =>
      cluster(name, [], {
        transportSocketMatches,
        loadAssignment: { endpoints: [{ lbEndpoints: [lbEndpoint] }] },
      })

    await near.apply(
      viewOf({
        listeners: [listener('tls', [tcpProxy('tls')]), listener('plain', [tcpProxy('plain')])],
        clusters: [
          mixed('tls', { ...address(portOf(far)), metadata: meshed }),
          mixed('plain', address(server.port)),
        ],
      }),
    )

    expect(await exchange(portOf(near, 'tls'), 'secret')).toBe('secret')
    expect(await exchange(portOf(near, 'plain'), 'open')).toBe('open')
  })
})

test('certificates come from files too', async () => {
  const file = (name: string): object => ({ filename: new URL(`${name}.pem`, folder).pathname })
  const tlsCertificates = [{ certificateChain: file('server'), privateKey: file('server-key') }]
  const port = await listening(
    tls('Downstream', {
      requireClientCertificate: true,
      commonTlsContext: { tlsCertificates, validationContext: { trustedCa: file('ca') } },
    }),
  )

  expect(await hear(port, 'client')).toBe('welcome')
  expect(await hear(port, 'stranger')).toBe('')
})

test('pins of the key or of the certificate hold, and a wildcard name covers one label', async () => {
  const leaf = new X509Certificate(pem('client'))
  const spki = createHash('sha256')
    .update(leaf.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
  const admitted = async (more: object): Promise<string> => {
    const port = await listening(
      tls('Downstream', {
        requireClientCertificate: true,
        commonTlsContext: {
          tlsCertificates: [certificate('server')],
          validationContext: { trustedCa, ...more },
        },
      }),
    )
    return `${await hear(port, 'client')} ${await hear(port, 'server')}`
  }
  const dns = (exact: string): object => ({
    matchTypedSubjectAltNames: [{ sanType: 'DNS', matcher: { exact } }],
  })

  expect(await admitted({ verifyCertificateSpki: [spki] })).toBe('welcome ')
  expect(await admitted({ verifyCertificateHash: [leaf.fingerprint256] })).toBe('welcome ')
  expect(await admitted({ verifyCertificateHash: ['00'.repeat(32)] })).toBe(' ')
  expect(await admitted(dns('a.wild.test'))).toBe(' welcome')
  expect(await admitted(dns('a.b.wild.test'))).toBe(' ')
  expect(
    await admitted({
      matchTypedSubjectAltNames: [{ sanType: 'IP_ADDRESS', matcher: { exact: '127.0.0.1' } }],
    }),
  ).toBe(' welcome')
})

describe('what protects and cannot be enforced', () => {
  const refusedContexts: [name: string, context: object, reason: RegExp][] = [
    ['a combined validation context of one part', { combinedValidationContext: {} }, /combined/i],
    ['an unknown validator', { validationContext: { customValidatorConfig: {} } }, /custom/i],
    [
      'names without an authority',
      { validationContext: { matchTypedSubjectAltNames: [{ matcher: { exact: 'a' } }] } },
      /trusted_ca/,
    ],
    [
      'a certificate without its key',
      { tlsCertificates: [{ certificateChain: { inlineString: pem('server') } }] },
      /private_key/,
    ],
    [
      'the key of another certificate',
      {
        tlsCertificates: [
          { ...certificate('server'), privateKey: { inlineString: pem('client-key') } },
        ],
      },
      /do not work/,
    ],
  ]

  test.each(refusedContexts)('%s is refused', (_, commonTlsContext, reason) => {
    const proxy = started()
    const upstream = cluster('c', [1], { transportSocket: tls('Upstream', { commonTlsContext }) })

    const found = proxy.check('type.googleapis.com/envoy.config.cluster.v3.Cluster', upstream)

    expect(found).toMatch(reason)
    expect(found).not.toContain('PRIVATE KEY')
  })

  test('required client certificates without an authority are refused', () => {
    const transportSocket = tls('Downstream', {
      requireClientCertificate: true,
      commonTlsContext: { tlsCertificates: [certificate('server')] },
    })
    const json = listener('in', [], { filterChains: [{ filters: [saying('')], transportSocket }] })

    expect(started().check('type.googleapis.com/envoy.config.listener.v3.Listener', json)).toMatch(
      /trusted_ca/,
    )
  })
})
