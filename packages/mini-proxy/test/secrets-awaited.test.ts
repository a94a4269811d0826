import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test, vi } from 'vitest'
import { createProxy, viewOf } from '../src/index.ts'
import { cluster, listener, saying, tcpProxy, tls } from './resources.ts'
import { exchange } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const commonTlsContext = {
  tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig: { ads: {} } }],
  combinedValidationContext: {
    defaultValidationContext: { matchSubjectAltNames: [{ prefix: 'spiffe://mesh/' }] },
    validationContextSdsSecretConfig: { name: 'ROOTCA', sdsConfig: { ads: {} } },
  },
}

test('a chain that waits for secrets closes its connections, the other chains of its listener serve', async () => {
  const warnings: string[] = []
  const proxy = createProxy({ log: ({ message }) => warnings.push(message) })
  closing.push(() => proxy.close())
  await proxy.apply(
    viewOf({
      listeners: [
        listener('in', [], {
          filterChains: [
            {
              filterChainMatch: { transportProtocol: 'tls' },
              filters: [saying('secret')],
              transportSocket: tls('Downstream', {
                requireClientCertificate: true,
                commonTlsContext,
              }),
            },
            { filterChainMatch: { transportProtocol: 'raw_buffer' }, filters: [saying('plain')] },
          ],
        }),
      ],
    }),
  )
  const { port = 0 } = proxy.listeners.get('in') ?? {}
  const stat = (name: string): unknown =>
    proxy.stats.list().find((it) => it.name === name)?.instrument

  expect(await exchange(port, 'hello')).toBe('plain')
  const failed = await new Promise((resolve) =>
    connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).once('error', resolve),
  )

  expect(failed).toBeInstanceOf(Error)
  const name = 'server_ssl_socket_factory.downstream_context_secrets_not_ready'
  expect(stat(`listener.127.0.0.1_0.${name}`)).toMatchObject({ value: 1 })
  expect(warnings).toContain(
    'filter chain waits for secrets of SDS: default, ROOTCA; its connections are closed',
  )
})

test('a cluster that waits for secrets has hosts that cannot be reached', async () => {
  const proxy = createProxy()
  closing.push(() => proxy.close())
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('app')])],
      clusters: [cluster('app', [9], { transportSocket: tls('Upstream', { commonTlsContext }) })],
    }),
  )
  const { port = 0 } = proxy.listeners.get('in') ?? {}
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))

  const failed = proxy.stats.list().find((it) => it.name === 'cluster.app.upstream_cx_connect_fail')
  await vi.waitFor(() => expect(failed?.instrument).toMatchObject({ value: 1 }))
})

test('what could not be enforced once the secrets are there is refused at once', () => {
  const proxy = createProxy()
  const validation = { ...commonTlsContext.combinedValidationContext }
  const context = {
    ...commonTlsContext,
    combinedValidationContext: {
      ...validation,
      defaultValidationContext: { customValidatorConfig: { name: 'x' } },
    },
  }

  expect(
    proxy.check(
      'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      cluster('app', [9], { transportSocket: tls('Upstream', { commonTlsContext: context }) }),
    ),
  ).toMatch(/customValidatorConfig is not supported/)
})
