import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { afterEach, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, listener, saying, tcpProxy, tls } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const folder = new URL('./fixtures/tls/', import.meta.url)
const pem = (name: string): string => readFileSync(new URL(`${name}.pem`, folder), 'utf8')

/** The secrets of a mesh: the certificate of this name, and roots. */
function secretsOf(name: string, roots = 'ca'): SecretJson[] {
  return [
    {
      name: 'default',
      tlsCertificate: {
        certificateChain: { inlineString: pem(name) },
        privateKey: { inlineString: pem(`${name}-key`) },
      },
    },
    { name: 'ROOTCA', validationContext: { trustedCa: { inlineString: pem(roots) } } },
  ]
}

function contextWaiting(sdsConfig: object, prefix = 'spiffe://cluster.local/'): object {
  return {
    tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig }],
    combinedValidationContext: {
      defaultValidationContext: { matchSubjectAltNames: [{ prefix }] },
      validationContextSdsSecretConfig: { name: 'ROOTCA', sdsConfig },
    },
  }
}
const commonTlsContext = contextWaiting({ ads: {} })

/** Says `secret` over TLS and `plain` without. */
function waiting(sdsConfig: object = { ads: {} }, more: Partial<ListenerJson> = {}): ListenerJson {
  const context = { requireClientCertificate: true, commonTlsContext: contextWaiting(sdsConfig) }
  return listener('in', [], {
    filterChains: [
      {
        filterChainMatch: { transportProtocol: 'tls' },
        filters: [saying('secret')],
        transportSocket: tls('Downstream', context),
      },
      { filterChainMatch: { transportProtocol: 'raw_buffer' }, filters: [saying('plain')] },
    ],
    ...more,
  })
}

function started(): MeshProxy {
  const proxy = createProxy()
  closing.push(() => proxy.close())
  return proxy
}

const portOf = (proxy: MeshProxy): number => proxy.listeners.get('in')?.port ?? 0

const stat = (proxy: MeshProxy, name: string): unknown =>
  proxy.stats.list().find((it) => it.name === name)?.instrument

/** What a client hears, and whom it talked to; nothing if it was turned away. */
function hear(port: number, name = 'client'): Promise<{ heard: string; subject: string }> {
  return new Promise((resolve) => {
    let heard = ''
    let subject = ''
    const identity = { cert: pem(name), key: pem(`${name}-key`), rejectUnauthorized: false }
    const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', ...identity })
    socket.once('secureConnect', () => {
      subject = String(socket.getPeerCertificate().subject.CN)
    })
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve({ heard, subject }))
  })
}

test('a listener that waits for secrets has no port until they are there', async () => {
  const proxy = started()
  const listeners = [waiting()]
  await proxy.apply(viewOf({ listeners }))

  expect(proxy.listeners.get('in')).toBeUndefined()
  expect(stat(proxy, 'listener_manager.total_listeners_warming')).toMatchObject({ value: 1 })
  expect(stat(proxy, 'listener_manager.total_listeners_active')).toMatchObject({ value: 0 })

  const [certificate] = secretsOf('server')
  await proxy.apply(viewOf({ listeners, secrets: certificate === undefined ? [] : [certificate] }))
  expect(proxy.listeners.get('in')).toBeUndefined()

  await proxy.apply(viewOf({ listeners, secrets: secretsOf('server') }))
  expect(stat(proxy, 'listener_manager.total_listeners_warming')).toMatchObject({ value: 0 })
  expect(await exchange(portOf(proxy), 'hello')).toBe('plain')
  expect(await hear(portOf(proxy))).toEqual({ heard: 'secret', subject: 'server' })
  // Its name is right, its roots are not.
  expect((await hear(portOf(proxy), 'stranger')).heard).toBe('')
})

test('a change that waits for secrets leaves the earlier version serving', async () => {
  const proxy = started()
  await proxy.apply(viewOf({ listeners: [listener('in', [saying('before')])] }))
  const port = portOf(proxy)
  const listeners = [waiting()]

  await proxy.apply(viewOf({ listeners }))
  expect(await exchange(port, 'hello')).toBe('before')

  await proxy.apply(viewOf({ listeners, secrets: secretsOf('server') }))
  expect(portOf(proxy)).toBe(port)
  expect(await exchange(port, 'hello')).toBe('plain')
})

test('a change that waited is forgotten when it is taken back', async () => {
  const proxy = started()
  const before = [listener('in', [saying('before')])]
  await proxy.apply(viewOf({ listeners: before }))
  await proxy.apply(viewOf({ listeners: [waiting()] }))
  await proxy.apply(viewOf({ listeners: before }))

  await proxy.apply(viewOf({ listeners: before, secrets: secretsOf('server') }))

  expect(stat(proxy, 'listener_manager.total_listeners_warming')).toMatchObject({ value: 0 })
  expect(await exchange(portOf(proxy), 'hello')).toBe('before')
  await proxy.apply(viewOf({ listeners: [waiting()] }))
  await proxy.apply(viewOf({}))
  expect(stat(proxy, 'listener_manager.total_listeners_warming')).toMatchObject({ value: 0 })
})

test('a new certificate serves new connections, and those that are open stay', async () => {
  const proxy = started()
  const chain = {
    filters: [tcpProxy('app')],
    transportSocket: tls('Downstream', { commonTlsContext }),
  }
  const app = await serve(echo)
  closing.push(() => app.close())
  const listeners = [listener('in', [], { filterChains: [chain] })]
  const clusters = [cluster('app', [app.port])]
  await proxy.apply(viewOf({ listeners, clusters, secrets: secretsOf('server') }))
  const identity = { cert: pem('client'), key: pem('client-key'), rejectUnauthorized: false }
  const opened = connectTls({ port: portOf(proxy), host: '127.0.0.1', ...identity })
  opened.on('error', () => undefined)
  await new Promise((resolve) => opened.once('secureConnect', resolve))

  await proxy.apply(viewOf({ listeners, clusters, secrets: secretsOf('spoofer') }))

  const after = connectTls({ port: portOf(proxy), host: '127.0.0.1', ...identity })
  after.on('error', () => undefined)
  await new Promise((resolve) => after.once('secureConnect', resolve))
  expect(after.getPeerCertificate().subject.CN).toBe('spoofer')
  expect(opened.getPeerCertificate().subject.CN).toBe('server')
  const echoed = new Promise((resolve) => opened.once('data', resolve))
  opened.write('still here')
  expect(String(await echoed)).toBe('still here')
  opened.destroy()
  after.destroy()
})

test('static secrets and those of SDS are two things, whatever their names', async () => {
  const proxy = started()
  const chain = (sdsConfig?: object): object => {
    const commonTlsContext = {
      tlsCertificateSdsSecretConfigs: [{ name: 'default', ...(sdsConfig && { sdsConfig }) }],
    }
    const transportSocket = tls('Downstream', { commonTlsContext })
    return { filterChains: [{ filters: [saying('hi')], transportSocket }] }
  }
  const listeners = [listener('in', [], chain()), listener('ads', [], chain({ ads: {} }))]
  const [fixed = {}] = secretsOf('server')
  const staticSecrets = [fixed]

  await proxy.apply(viewOf({ listeners, staticSecrets }))
  expect(proxy.listeners.get('ads')).toBeUndefined()
  expect((await hear(portOf(proxy))).subject).toBe('server')
  await proxy.apply(viewOf({ listeners, staticSecrets, secrets: secretsOf('spoofer') }))

  expect((await hear(portOf(proxy))).subject).toBe('server')
  expect((await hear(proxy.listeners.get('ads')?.port ?? 0)).subject).toBe('spoofer')
})

test('secrets that do not come in time open the port; the chain without them closes its connections', {
  timeout: 20_000,
}, async () => {
  const proxy = started()
  await proxy.apply(viewOf({ listeners: [waiting({ ads: {}, initialFetchTimeout: '0.05s' })] }))
  await vi.waitFor(() => expect(portOf(proxy)).not.toBe(0), { timeout: 10_000 })
  await vi.waitFor(async () => expect(await exchange(portOf(proxy), 'hello')).toBe('plain'))

  expect((await hear(portOf(proxy))).heard).toBe('')
  const name = 'server_ssl_socket_factory.downstream_context_secrets_not_ready'
  expect(stat(proxy, `listener.127.0.0.1_0.${name}`)).toMatchObject({ value: 1 })
})

test('secrets that are there and are not what is asked for are waited for no longer', {
  timeout: 20_000,
}, async () => {
  const proxy = started()
  const listeners = [waiting({ ads: {}, initialFetchTimeout: '0.05s' })]
  const [, roots] = secretsOf('server')
  const misnamed = [
    { ...roots, name: 'default' },
    { ...roots, name: 'ROOTCA' },
  ]
  await proxy.apply(viewOf({ listeners, secrets: misnamed }))

  await vi.waitFor(() => expect(proxy.listeners.get('in')).toBeDefined(), { timeout: 15_000 })
  expect((await hear(portOf(proxy))).heard).toBe('')
  expect(await exchange(portOf(proxy), 'hello')).toBe('plain')
})

test('a secret that is not what its context asks for is told of once by its name, counted, and what was there serves on', async () => {
  const lines: string[] = []
  const proxy = createProxy({ log: ({ message }) => lines.push(String(message)) })
  closing.push(() => proxy.close())
  const listeners = [waiting()]
  const [certificate = {}, roots = {}] = secretsOf('server')
  await proxy.apply(viewOf({ listeners, secrets: [certificate, roots] }))
  const misfit = (): SecretJson => ({ ...roots, name: 'default' })

  for (const secret of [misfit(), misfit()]) {
    await proxy.apply(viewOf({ listeners, secrets: [secret, roots] }))
    for (const _ of ['one', 'and the next']) {
      expect(await hear(portOf(proxy))).toEqual({ heard: 'secret', subject: 'server' })
    }
  }

  expect(lines.filter((it) => it.includes('"default"'))).toEqual([
    'secret "default" is not used, and what was there stays: it is no certificate',
  ])
  expect(stat(proxy, 'sds.default.update_rejected')).toMatchObject({ value: 2 })
})

test('so is one that is good by itself, and not with the rest of its context', async () => {
  const lines: string[] = []
  const proxy = createProxy({ log: ({ message }) => lines.push(String(message)) })
  closing.push(() => proxy.close())
  const [certificate = {}] = secretsOf('server')
  const empty = { name: 'ROOTCA', validationContext: {} }

  await proxy.apply(viewOf({ listeners: [waiting()], secrets: [certificate, empty] }))

  expect(proxy.listeners.get('in')).toBeUndefined()
  expect(lines).toEqual([expect.stringMatching(/^secret "ROOTCA" is not used.*no trusted_ca/)])
  expect(stat(proxy, 'sds.ROOTCA.update_rejected')).toMatchObject({ value: 1 })
  expect(stat(proxy, 'sds.default.update_rejected')).toBeUndefined()
})

test('roots that a secret leaves out are not done without', async () => {
  const proxy = started()
  const [certificate = {}] = secretsOf('server')
  const secrets = [certificate, { name: 'ROOTCA', validationContext: {} }]

  await proxy.apply(viewOf({ listeners: [waiting()], secrets }))

  expect(proxy.listeners.get('in')).toBeUndefined()
})

test('nor by a cluster, whose hosts would not be verified', async () => {
  const inner = started()
  await inner.apply(viewOf({ listeners: [waiting()], secrets: secretsOf('server') }))
  const proxy = started()
  const context = {
    validationContextSdsSecretConfig: { name: 'ROOTCA', sdsConfig: { ads: {} } },
    tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig: { ads: {} } }],
  }
  const transportSocket = tls('Upstream', { commonTlsContext: context })
  const [certificate = {}] = secretsOf('client')
  const view = {
    listeners: [listener('in', [tcpProxy('app')])],
    clusters: [cluster('app', [portOf(inner)], { transportSocket })],
  }

  const empty = { name: 'ROOTCA', validationContext: {} }
  await proxy.apply(viewOf({ ...view, secrets: [certificate, empty] }))
  expect(await exchange(portOf(proxy), 'hello')).toBe('')
  await proxy.apply(viewOf({ ...view, secrets: secretsOf('client') }))
  expect(await exchange(portOf(proxy), 'hello')).toBe('secret')
})

test('a secret that cannot be used is refused, and what was there stays', async () => {
  const proxy = started()
  const listeners = [waiting()]
  await proxy.apply(viewOf({ listeners, secrets: secretsOf('server') }))
  const [{ tlsCertificate = {} } = {}] = secretsOf('server')
  const wrongKey = { ...tlsCertificate, privateKey: { inlineString: pem('client-key') } }
  const bad = { name: 'default', tlsCertificate: wrongKey }
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'

  const verdict = proxy.check(type, bad)

  expect(verdict).toContain('certificates, keys or parameters do not work')
  expect(verdict).not.toContain('PRIVATE KEY')
  await expect(proxy.apply(viewOf({ listeners, secrets: [bad] }))).rejects.toThrow('do not work')
  expect(await hear(portOf(proxy))).toEqual({ heard: 'secret', subject: 'server' })
})

test.each([
  ['none', ''],
  ['something else', 'nonsense'],
  ['one that is cut off', pem('ca').slice(0, -40)],
  ['one that is not the last, broken', `${pem('ca').replace(/^M.*$/m, 'AAAA')}${pem('ca')}`],
  ['one after a good one, broken', `${pem('ca')}${pem('ca').replace(/^M.*$/m, 'AAAA')}`],
])(
  'roots that are %s are refused, and nobody loses those that were there',
  async (_, inlineString) => {
    const proxy = started()
    const bad = { name: 'ROOTCA', validationContext: { trustedCa: { inlineString } } }
    const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'

    expect(proxy.check(type, bad)).toMatch(/trusted_ca: .*certificate/)

    const both = {
      ...bad,
      validationContext: { trustedCa: { inlineString: pem('ca') + pem('ca') } },
    }
    expect(proxy.check(type, both)).toBeUndefined()
  },
)

test('a cluster that waits for secrets has hosts that cannot be reached, until they are there', async () => {
  const inner = started()
  await inner.apply(viewOf({ listeners: [waiting()], secrets: secretsOf('server') }))
  const proxy = started()
  const view = {
    listeners: [listener('in', [tcpProxy('app')])],
    clusters: [
      cluster('app', [portOf(inner)], { transportSocket: tls('Upstream', { commonTlsContext }) }),
    ],
  }
  await proxy.apply(viewOf(view))
  const socket = connect(portOf(proxy), '127.0.0.1')
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))
  await vi.waitFor(() =>
    expect(stat(proxy, 'cluster.app.upstream_cx_connect_fail')).toMatchObject({ value: 1 }),
  )

  await proxy.apply(viewOf({ ...view, secrets: secretsOf('client') }))

  expect(await exchange(portOf(proxy), 'hello')).toBe('secret')
})

test('what could not be enforced once the secrets are there is refused at once', () => {
  const proxy = createProxy()
  const context = {
    tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig: { ads: {} } }],
    combinedValidationContext: {
      defaultValidationContext: { customValidatorConfig: { name: 'x' } },
      validationContextSdsSecretConfig: { name: 'ROOTCA', sdsConfig: { ads: {} } },
    },
  }

  expect(
    proxy.check(
      'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      cluster('app', [9], { transportSocket: tls('Upstream', { commonTlsContext: context }) }),
    ),
  ).toMatch(/customValidatorConfig is not supported/)
})

test('a secret that is a certificate verifies nobody', async () => {
  const lines: string[] = []
  const proxy = createProxy({ log: ({ message }) => lines.push(String(message)) })
  closing.push(() => proxy.close())
  const commonTlsContext = {
    tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig: { ads: {} } }],
  }
  const chain = (requireClientCertificate: boolean): ListenerJson => {
    const transportSocket = tls('Downstream', { requireClientCertificate, commonTlsContext })
    return listener('in', [], { filterChains: [{ filters: [saying('')], transportSocket }] })
  }
  const check = (it: ListenerJson): string | undefined =>
    proxy.check('type.googleapis.com/envoy.config.listener.v3.Listener', it)

  expect(check(chain(true))).toMatch(/require_client_certificate without a trusted_ca/)
  expect(check(chain(false))).toBeUndefined()

  const app = cluster('app', [9], { transportSocket: tls('Upstream', { commonTlsContext }) })
  await proxy.apply(viewOf({ clusters: [app] }))
  expect(lines.filter((it) => it.includes('app'))).toHaveLength(1)
})
