import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BootstrapError } from '../errors.ts'
import type { BootstrapFault } from './bootstrap-fault.ts'
import { userAgentVersion } from './node-identity.ts'
import { parseBootstrap } from './parse-bootstrap.ts'

const yaml = `
node:
  id: sidecar~10.0.0.1~a.default~default.svc.cluster.local
  cluster: a.default
  locality: { region: r, zone: z }
  metadata: { LABELS: { app: a } }
admin:
  address: { socket_address: { address: 127.0.0.1, port_value: 15000 } }
static_resources:
  clusters:
  - name: xds-grpc
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: xds-grpc
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 10.1.1.1, port_value: 15010 } } }
dynamic_resources:
  lds_config: { ads: {}, initial_fetch_timeout: 0s, resource_api_version: V3 }
  cds_config: { ads: {}, resource_api_version: V3 }
  ads_config:
    api_type: DELTA_GRPC
    transport_api_version: V3
    set_node_on_first_message_only: true
    grpc_services:
    - envoy_grpc: { cluster_name: xds-grpc }
      initial_metadata: [{ key: tenant, value: blue }]
`

test('a bootstrap says who the proxy is, where its admin API is and how to reach the control plane', () => {
  const bootstrap = parseBootstrap(yaml)

  expect(bootstrap.node).toEqual({
    id: 'sidecar~10.0.0.1~a.default~default.svc.cluster.local',
    cluster: 'a.default',
    locality: { region: 'r', zone: 'z' },
    metadata: { LABELS: { app: 'a' } },
    userAgentName: 'meshwright',
    userAgentVersion,
    clientFeatures: ['xds.config.resource-in-sotw'],
  })
  expect(bootstrap.admin).toEqual({ address: '127.0.0.1', port: 15_000 })
  expect(bootstrap.ads).toEqual({
    variant: 'delta',
    target: '10.1.1.1:15010',
    authority: undefined,
    credentials: { kind: 'insecure' },
    nodeOnFirstMessageOnly: true,
    metadata: [['tenant', 'blue']],
    keepaliveMs: 330_000,
    maxMessageBytes: undefined,
  })
  expect(bootstrap.lds).toEqual({ initialFetchTimeoutMs: 0 })
  expect(bootstrap.cds).toEqual({ initialFetchTimeoutMs: 15_000 })
  expect(bootstrap.staticResources.clusters[0]?.name).toBe('xds-grpc')
})

test('JSON in camelCase says the same as YAML in snake_case', () => {
  expect(parseBootstrap(JSON.stringify(parseBootstrap(yaml).json))).toEqual(parseBootstrap(yaml))
})

test('the version that the control plane sees is the version of the package', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  expect(userAgentVersion).toBe(version)
})

describe('a fault is named with its path, line and column', () => {
  test.each([
    [
      'a field that does not exist',
      ['connect_timeout: 1s', 'conect_timeout: 1s'],
      13,
      'static_resources.clusters[0].conect_timeout',
    ],
    [
      'a value of the wrong type',
      ['port_value: 15000', 'port_value: many'],
      8,
      'admin.address.socket_address.port_value',
    ],
    [
      'an unknown name of an enum',
      ['type: STATIC', 'type: STATICK'],
      12,
      'static_resources.clusters[0].type',
    ],
    [
      'a control plane cluster that is not there',
      ['cluster_name: xds-grpc }', 'cluster_name: other }'],
      27,
      'dynamic_resources.ads_config.grpc_services[0].envoy_grpc.cluster_name',
    ],
    [
      'a source that is not ADS',
      ['lds_config: { ads: {},', 'lds_config: { path: /x,'],
      20,
      'dynamic_resources.lds_config',
    ],
    [
      'an API type that is no stream',
      ['api_type: DELTA_GRPC', 'api_type: REST'],
      23,
      'dynamic_resources.ads_config.api_type',
    ],
    ['a node without a name', ['id: sidecar~', '# '], 2, 'node.id'],
  ] as const)('%s', (_, [text, replacement], line, path) => {
    const faults = faultsOf(yaml.replace(text, replacement))

    expect(faults.map((it) => [it.line, it.path])).toContainEqual([line, path])
    expect(faults[0]).toMatchObject({ file: 'envoy.yaml', column: expect.any(Number) })
  })

  test('text that is no YAML', () => {
    expect(faultsOf('node: {\n  id: [')[0]).toMatchObject({ line: 2, path: '' })
  })

  test('a list instead of a mapping', () => {
    expect(faultsOf('- a')[0]?.message).toBe('expected a mapping with the fields of a bootstrap')
  })

  test('two resources of one name', () => {
    const doubled = yaml.replace(
      '  clusters:\n',
      '  clusters:\n  - { name: xds-grpc, connect_timeout: 1s }\n',
    )
    expect(faultsOf(doubled)).toContainEqual(
      expect.objectContaining({ line: 12, path: 'static_resources.clusters[1].name' }),
    )
  })
})

test('all unknown fields and broken rules are found at once', () => {
  const broken = yaml
    .replace('  cluster: a.default', '  clutser: a.default')
    .replace('connect_timeout: 1s', 'connect_timeout: -1s')
    .replace('tenant, value', 'tenant, valeu')

  expect(faultsOf(broken).map(({ line, path }) => [line, path])).toEqual([
    [4, 'node.clutser'],
    [13, 'static_resources.clusters[0].connect_timeout'],
    [28, 'dynamic_resources.ads_config.grpc_services[0].initial_metadata[0].valeu'],
  ])
})

test('an error says the first fault in one line, and how many more there are', () => {
  const broken = yaml
    .replace('api_type: DELTA_GRPC', 'api_type: REST')
    .replace('id: sidecar~', '# ')
  const error = errorOf(broken)

  expect(error.code).toBe('ERR_XDS_CLIENT_BOOTSTRAP')
  expect(error.message).toBe(
    'envoy.yaml:2:1: node.id: expected a name that the control plane knows (and 1 more)',
  )
})

test('TLS to the control plane is taken from its cluster', () => {
  const { ads } = parseBootstrap(withTls('trusted_ca: { filename: /ca.pem }'))

  expect(ads?.credentials).toEqual({
    kind: 'tls',
    roots: { file: '/ca.pem' },
    certificateChain: undefined,
    privateKey: undefined,
    serverName: 'istiod.istio-system.svc',
  })
})

test('TLS settings that would not be enforced are refused', () => {
  const faults = faultsOf(
    withTls(
      'verify_certificate_hash: [abababababababababababababababababababababababababababababababab]',
    ),
  )

  expect(faults[0]?.path).toBe(
    'static_resources.clusters[0].transport_socket.typed_config.common_tls_context.validation_context.verify_certificate_hash',
  )
  expect(faults[0]?.line).toBe(19)
})

test('how often the connection is probed is taken from its cluster', () => {
  const options = 'upstream_connection_options: { tcp_keepalive: { keepalive_time: 300 } }'
  const text = yaml.replace('    connect_timeout: 1s', `    connect_timeout: 1s\n    ${options}`)
  expect(parseBootstrap(text).ads?.keepaliveMs).toBe(300_000)
})

test.each([
  ['a pipe', '{ pipe: { path: ./etc/XDS } }', 'unix:./etc/XDS'],
  ['an IPv6 address', '{ socket_address: { address: "::1", port_value: 1 } }', 'ipv6:[::1]:1'],
  ['a host name', '{ socket_address: { address: istiod, port_value: 1 } }', 'istiod:1'],
])('the control plane can be at %s', (_, address, target) => {
  const text = yaml.replace('{ socket_address: { address: 10.1.1.1, port_value: 15010 } }', address)
  expect(parseBootstrap(text).ads?.target).toBe(target)
})

function withTls(validation: string): string {
  return yaml.replace(
    '    load_assignment:',
    `    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: istiod.istio-system.svc
        common_tls_context: { validation_context: { ${validation} } }
    load_assignment:`,
  )
}

function errorOf(text: string): BootstrapError {
  try {
    parseBootstrap(text, { file: 'envoy.yaml' })
  } catch (error) {
    if (error instanceof BootstrapError) return error
    throw error
  }
  throw new Error('expected a fault, got none')
}

function faultsOf(text: string): readonly BootstrapFault[] {
  return errorOf(text).faults
}
