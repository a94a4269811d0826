import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { parseBootstrap } from '@meshwright/xds-client'
import { afterEach, expect, test } from 'vitest'
import { type StartedProxy, startProxy } from '../src/index.ts'
import { exchange } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const bootstrap = `
node: { id: sidecar~10.0.0.1~app.default~default.svc.cluster.local, cluster: app.default }
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
  - name: hello
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters:
      - name: direct_response
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config
          response: { inline_string: hello }
  clusters:
  - name: backend
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: backend
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 9 } } }
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: backend.test
`

async function started(
  onQuit: () => void = () => undefined,
  text: string = bootstrap,
): Promise<StartedProxy> {
  const running = await startProxy({ bootstrap: parseBootstrap(text), onQuit })
  closing.push(() => running.close())
  await running.ready
  return running
}

async function ask(
  { admin }: StartedProxy,
  path: string,
  method = 'GET',
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${admin?.port}${path}`, { method })
  return { status: response.status, text: await response.text() }
}

test('serves what the bootstrap holds and is ready', async () => {
  const running = await started()

  expect(await exchange(running.proxy.listeners.get('hello')?.port ?? 0, '')).toBe('hello')
  expect(await ask(running, '/ready')).toEqual({ status: 200, text: 'LIVE\n' })
})

test('shows configuration in snake_case and clusters with their hosts', async () => {
  const running = await started()

  const { configs } = JSON.parse((await ask(running, '/config_dump')).text)
  const byType = new Map(
    configs.map((it: { '@type': string }) => [it['@type'].split('.').pop(), it]),
  )

  expect(byType.get('ClustersConfigDump')).toMatchObject({
    static_clusters: [{ cluster: { name: 'backend', connect_timeout: '1s' } }],
  })
  expect(byType.get('BootstrapConfigDump')).toMatchObject({
    bootstrap: { node: { cluster: 'app.default' } },
  })
  expect((await ask(running, '/clusters')).text).toContain('backend::127.0.0.1:9::cx_total::0')
  expect(JSON.parse((await ask(running, '/clusters?format=json')).text)).toMatchObject({
    cluster_statuses: [{ name: 'backend', host_statuses: [{ weight: 1 }] }],
  })
})

test('shows certificates but no private key', async () => {
  const pem = (name: string): string =>
    readFileSync(new URL(`./fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
  const identity = JSON.stringify({
    tls_certificates: [
      {
        certificate_chain: { inline_string: pem('client') },
        private_key: { inline_bytes: Buffer.from(pem('client-key')).toString('base64') },
      },
    ],
  })
  const running = await started(
    () => undefined,
    bootstrap.replace('sni: backend.test', `common_tls_context: ${identity}`),
  )

  const { text } = await ask(running, '/config_dump')

  expect(text).toContain(JSON.stringify(pem('client')))
  expect(text).not.toContain(Buffer.from(pem('client-key')).toString('base64'))
  expect(text).toContain(Buffer.from('[redacted]').toString('base64'))
})

test('counts connections, for people and for Prometheus', async () => {
  const running = await started()
  const port = running.proxy.listeners.get('hello')?.port ?? 0
  await exchange(port, '')

  expect((await ask(running, '/stats?filter=cx_total$&usedonly')).text).toBe(
    'listener.127.0.0.1_0.downstream_cx_total: 1\n',
  )
  expect((await ask(running, '/stats/prometheus')).text).toContain(
    'envoy_listener_downstream_cx_total{envoy_listener_address="127.0.0.1_0"} 1\n',
  )
  expect(JSON.parse((await ask(running, '/stats?format=json&filter=^server.state$')).text)).toEqual(
    {
      stats: [{ name: 'server.state', value: 0 }],
    },
  )
  expect((await ask(running, '/stats?filter=(')).status).toBe(400)
  // Backtracking would take it longer than the universe has.
  expect(
    (await ask(running, `/stats?filter=${encodeURIComponent('(([a-z_.]+)+)+$^')}`)).status,
  ).toBe(200)
})

test('changes things by POST only', async () => {
  let quits = 0
  const running = await started(() => {
    quits++
  })
  const port = running.proxy.listeners.get('hello')?.port ?? 0

  expect((await ask(running, '/quitquitquit')).status).toBe(405)
  expect((await ask(running, '/drain_listeners')).status).toBe(405)
  expect(await exchange(port, '')).toBe('hello')
  expect(quits).toBe(0)

  expect((await ask(running, '/drain_listeners', 'POST')).status).toBe(200)
  expect(await exchange(port, '')).toBe('')
  expect((await ask(running, '/quitquitquit', 'POST')).status).toBe(200)
  expect(quits).toBe(1)
})

test('a proxy that is told to fail its health checks serves on, is not ready and sends its clients away', async () => {
  const running = await started()
  const port = running.proxy.listeners.get('hello')?.port ?? 0
  expect((await ask(running, '/healthcheck/fail')).status).toBe(405)
  expect((await ask(running, '/ready')).text).toBe('LIVE\n')

  expect(await ask(running, '/healthcheck/fail', 'POST')).toMatchObject({ text: 'OK\n' })

  expect(await ask(running, '/ready')).toMatchObject({ status: 503, text: 'DRAINING\n' })
  expect(JSON.parse((await ask(running, '/server_info')).text).state).toBe('DRAINING')
  expect((await ask(running, '/stats?filter=^server.live$')).text).toBe('server.live: 0\n')
  expect(await exchange(port, '')).toBe('hello')
  await ask(running, '/healthcheck/ok', 'POST')
  expect(await ask(running, '/ready')).toMatchObject({ status: 200, text: 'LIVE\n' })
  expect((await ask(running, '/stats?filter=^server.live$')).text).toBe('server.live: 1\n')
})

test('a listener that waits for secrets of another source counts as warming', async () => {
  const waiting = bootstrap.replace(
    '    - filters:\n',
    `    - transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificate_sds_secret_configs:
            - name: default
              sds_config:
                initial_fetch_timeout: 0s
                resource_api_version: V3
                api_config_source:
                  api_type: GRPC
                  transport_api_version: V3
                  grpc_services: [{ envoy_grpc: { cluster_name: backend } }]
      filters:
`,
  )
  const running = await started(undefined, waiting)

  const { text } = await ask(running, '/stats?filter=^listener_manager.total_listeners')
  expect(text).toContain('listener_manager.total_listeners_warming: 1\n')
  expect(text).toContain('listener_manager.total_listeners_active: 0\n')
  expect(running.proxy.listeners.get('hello')).toBeUndefined()
})

test('knows its pages and its addresses', async () => {
  const running = await started()
  const port = running.proxy.listeners.get('hello')?.port

  expect((await ask(running, '/')).text).toContain('/config_dump')
  expect((await ask(running, '/nothing')).status).toBe(404)
  expect((await ask(running, '/listeners')).text).toBe(`hello::127.0.0.1:${port}\n`)
  expect(JSON.parse((await ask(running, '/server_info')).text)).toMatchObject({
    state: 'LIVE',
    node: { cluster: 'app.default' },
  })
})

test('does not start on a static resource that it cannot honor', async () => {
  const text = bootstrap.replace(
    'sni: backend.test',
    'common_tls_context: { validation_context: { custom_validator_config: { name: x, typed_config: { "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig, trust_domains: [{ name: a }] } } } }',
  )

  await expect(startProxy({ bootstrap: parseBootstrap(text) })).rejects.toThrow(
    /custom_?[vV]alidator/,
  )
})

test('does not start when its first configuration passes every check and still cannot be put into force', async () => {
  const type = 'test.Broken'
  const httpFilters = [
    {
      configTypes: [type],
      create: () => {
        throw new Error('out of order')
      },
    },
  ]
  const manager = `
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: test
          route_config: { name: none }
          http_filters:
          - name: broken
            typed_config: { "@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: type.googleapis.com/${type} }
          - name: router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:`
  const text = bootstrap.replace(/\n {6}- name: direct_response[\s\S]*?\n {2}clusters:/, manager)

  await expect(startProxy({ bootstrap: parseBootstrap(text), httpFilters })).rejects.toThrow(
    /out of order/,
  )
})

test('on loopback it answers no page that a browser was lured to', async () => {
  const { admin } = await started()
  const status = (headers: Record<string, string>, method = 'GET'): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: admin?.port, path: '/stats', method, headers }
      request(options, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .once('error', reject)
        .end()
    })
  const own = `127.0.0.1:${admin?.port}`

  expect(await status({ host: own })).toBe(200)
  expect(await status({ host: 'localhost:15000' })).toBe(200)
  expect(await status({ host: '[::1]' })).toBe(200)
  expect(await status({ host: own, origin: `http://${own}` }, 'POST')).toBe(200)
  // A name of the attacker's that now resolves to loopback.
  expect(await status({ host: 'rebound.example:15000' })).toBe(403)
  // A form of another site that posts here.
  expect(await status({ host: own, origin: 'https://evil.example' }, 'POST')).toBe(403)
  expect(await status({ host: own, origin: 'null' }, 'POST')).toBe(403)
})
