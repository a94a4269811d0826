import { describe, expect, test } from 'vitest'
import { type Diagnostic, readConfig } from '../src/index.ts'

/** A small good mesh: each fault below is planted into it. */
const good = `apiVersion: v1
kind: Service
metadata: {name: reviews}
spec:
  clusterIP: 10.0.0.1
  ports: [{name: http, port: 9080}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  selector: {istio: ingress}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.org]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop.example.org]
  gateways: [edge]
  http:
  - match: [{uri: {prefix: /reviews}}]
    timeout: 5s
    retries: {attempts: 2, retryOn: 5xx}
    route:
    - destination: {host: reviews, subset: v1}
      weight: 100
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api}
spec:
  hosts: [api.example.org]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default}
spec:
  egress: [{hosts: ["./*"]}]
`

const read = (text: string): readonly Diagnostic[] =>
  readConfig([{ path: 'mesh/all.yaml', text }]).diagnostics

test('says nothing about a good mesh', () => {
  expect(read(good)).toEqual([])
})

interface Planted {
  readonly find: string
  readonly plant: string
  readonly code: string
  /** The text at the place of the fault. */
  readonly at: string
  readonly says: string
  readonly suggestion?: string
}

const planted: readonly Planted[] = [
  {
    find: '{uri: {prefix: /reviews}}',
    plant: '{withoutHeaders: {"@request.auth.claims.sub": {exact: a}}}',
    code: 'UNSUPPORTED',
    at: '{exact: a}',
    says: 'tokens',
  },
  {
    find: 'destination: {',
    plant: 'destinaton: {',
    code: 'UNKNOWN_FIELD',
    at: 'destinaton',
    says: 'destinaton',
    suggestion: 'destination',
  },
  {
    find: 'timeout: 5s',
    plant: 'timeuot: 5s',
    code: 'UNKNOWN_FIELD',
    at: 'timeuot',
    says: 'timeuot',
    suggestion: 'timeout',
  },
  { find: 'timeout: 5s', plant: 'timeout: soon', code: 'VALUE', at: 'soon', says: 'duration' },
  { find: 'timeout: 5s', plant: 'timeout: 5', code: 'TYPE', at: '5\n', says: 'timeout' },
  { find: 'timeout: 5s', plant: 'timeout: -5s', code: 'VALUE', at: '-5s', says: 'duration' },
  { find: 'weight: 100', plant: 'weight: lots', code: 'TYPE', at: 'lots', says: 'weight' },
  { find: 'weight: 100', plant: 'weight: -1', code: 'VALUE', at: '-1', says: 'weight' },
  {
    find: 'weight: 100',
    plant: 'weight: 0\n    - destination: {host: reviews}',
    code: 'WEIGHTS',
    at: '- destination',
    says: 'sum to 0',
  },
  {
    find: 'weight: 100',
    plant: 'weight: 99999999999999999999',
    code: 'VALUE',
    at: '9999',
    says: 'whole number',
  },
  {
    find: 'host: reviews, subset',
    plant: 'host: reviws, subset',
    code: 'REFERENCE',
    at: 'reviws',
    says: 'reviws',
    suggestion: 'reviews',
  },
  {
    find: 'host: reviews, subset',
    plant: 'host: reviews.default, subset',
    code: 'REFERENCE',
    at: 'reviews.default',
    says: 'reviews.default',
    suggestion: 'reviews.default.svc.cluster.local',
  },
  {
    find: 'host: reviews, subset',
    plant: 'host: gone.example.org, subset',
    code: 'REFERENCE',
    at: 'gone',
    says: 'no service',
  },
  {
    find: 'subset: v1}',
    plant: 'subset: v2}',
    code: 'REFERENCE',
    at: 'v2',
    says: 'subset v2',
    suggestion: 'v1',
  },
  {
    find: 'subset: v1}',
    plant: 'subset: v1, port: {number: 81}}',
    code: 'REFERENCE',
    at: '81',
    says: 'no port 81',
  },
  {
    find: 'gateways: [edge]',
    plant: 'gateways: [egde]',
    code: 'REFERENCE',
    at: 'egde',
    says: 'egde',
    suggestion: 'edge',
  },
  {
    find: 'host: reviews\n',
    plant: 'host: revews\n',
    code: 'REFERENCE',
    at: 'revews',
    says: 'revews',
    suggestion: 'reviews',
  },
  {
    find: 'simple: ROUND_ROBIN',
    plant: 'simple: ROUND_ROBBIN',
    code: 'VALUE',
    at: 'ROUND_ROBBIN',
    says: 'simple',
    suggestion: 'ROUND_ROBIN',
  },
  {
    find: '{simple: ROUND_ROBIN}',
    plant: '{simple: ROUND_ROBIN, consistentHash: {useSourceIp: true}}',
    code: 'ONE_OF',
    at: 'consistentHash',
    says: 'only one of',
  },
  {
    find: '{loadBalancer: ',
    plant: '{tls: {mode: SIMPLE}, loadBalancer: ',
    code: 'NOT_ENFORCED',
    at: 'SIMPLE',
    says: 'SIMPLE',
  },
  {
    find: '{loadBalancer: ',
    plant: '{tls: {mode: ISTIO_MUTUAL}, loadBalancer: ',
    code: 'NOT_ENFORCED',
    at: 'ISTIO_MUTUAL',
    says: 'ISTIO_MUTUAL',
  },
  {
    find: '{loadBalancer: ',
    plant: '{portLevelSettings: [{port: {number: 9080}, tls: {credentialName: x}}], loadBalancer: ',
    code: 'NOT_ENFORCED',
    at: '{credentialName',
    says: 'tls',
  },
  { find: 'number: 80,', plant: 'number: 70000,', code: 'VALUE', at: '70000', says: '65535' },
  {
    find: 'protocol: HTTP}',
    plant: 'protocol: HTTTP}',
    code: 'VALUE',
    at: 'HTTTP',
    says: 'protocol',
  },
  {
    find: 'hosts: [shop.example.org]\n---',
    plant: 'hosts: [shop.example.org]\n    tls: {mode: SIMPLE}\n---',
    code: 'NOT_ENFORCED',
    at: 'tls',
    says: 'tls',
  },
  {
    find: 'hosts: [shop.example.org]\n---',
    plant: 'hosts: [shop.example.org]\n    tls: {serverCertificate: /x}\n---',
    code: 'NOT_ENFORCED',
    at: 'tls',
    says: 'tls',
  },
  {
    find: 'protocol: HTTP}\n    hosts',
    plant: 'protocol: HTTPS}\n    hosts',
    code: 'MISSING',
    at: 'HTTPS',
    says: 'needs tls',
  },
  {
    find: 'kind: VirtualService',
    plant: 'kind: VirtualServic',
    code: 'UNKNOWN_KIND',
    at: 'VirtualServic\n',
    says: 'VirtualServic',
    suggestion: 'VirtualService',
  },
  {
    find: 'networking.istio.io/v1\nkind: VirtualService',
    plant: 'networking.istio.oi/v1\nkind: VirtualService',
    code: 'UNKNOWN_KIND',
    at: 'networking.istio.oi',
    says: 'oi',
    suggestion: 'networking.istio.io/v1',
  },
  {
    find: 'networking.istio.io/v1\nkind: VirtualService',
    plant: 'networking.istio.io/v2\nkind: VirtualService',
    code: 'UNKNOWN_VERSION',
    at: 'networking.istio.io/v2',
    says: 'v2',
  },
  {
    find: 'resolution: DNS',
    plant: 'resolution: STATIC',
    code: 'MISSING',
    at: 'STATIC',
    says: 'STATIC',
  },
  {
    find: 'resolution: DNS',
    plant: 'resolution: STATIC\n  endpoints: [{address: db.example.org}]',
    code: 'VALUE',
    at: 'db.example.org',
    says: 'IP address',
  },
  {
    find: 'resolution: DNS',
    plant: 'resolution: NONE\n  endpoints: [{address: 10.0.0.9}]',
    code: 'CONFLICT',
    at: '[{address',
    says: 'NONE',
  },
  {
    find: 'resolution: DNS',
    plant: 'resolution: DYNAMIC_DNS',
    code: 'UNSUPPORTED',
    at: 'DYNAMIC_DNS',
    says: 'DYNAMIC_DNS',
  },
  {
    find: '[api.example.org]',
    plant: '["*.example.org"]',
    code: 'VALUE',
    at: '"*.example.org"',
    says: 'does not allow',
  },
  {
    find: '[{number: 443, name: tls, protocol: TLS}]',
    plant: '[{number: 443, name: tls}, {number: 443, name: b}]',
    code: 'DUPLICATE',
    at: '443, name: b',
    says: '443',
  },
  {
    find: 'location: MESH_EXTERNAL',
    plant: 'subjectAltNames: [a]',
    code: 'NOT_ENFORCED',
    at: 'subjectAltNames',
    says: 'subjectAltNames',
  },
  {
    find: 'metadata: {name: shop}',
    plant: 'metadata: {name: shop, lables: {a: b}}',
    code: 'UNKNOWN_FIELD',
    at: 'lables',
    says: 'lables',
    suggestion: 'labels',
  },
  {
    find: 'metadata: {name: shop}',
    plant: 'metadata: {}',
    code: 'MISSING',
    at: '{}',
    says: 'name',
  },
  {
    find: 'hosts: [shop.example.org]\n  gateways: [edge]',
    plant: 'hosts: ["*"]',
    code: 'VALUE',
    at: '"*"',
    says: 'mesh',
  },
  {
    find: '{uri: {prefix: /reviews}}',
    plant: '{uri: {regex: "(/reviews"}}',
    code: 'VALUE',
    at: '"(/reviews"',
    says: 'RE2',
  },
  {
    find: '{uri: {prefix: /reviews}}',
    plant: '{uri: {regex: "a(?=b)"}}',
    code: 'VALUE',
    at: '"a(?=b)"',
    says: 'RE2',
  },
  {
    find: '{uri: {prefix: /reviews}}',
    plant: '{uri: {prefix: /a, exact: /b}}',
    code: 'ONE_OF',
    at: 'prefix',
    says: 'only one of',
  },
  {
    find: '{uri: {prefix: /reviews}}',
    plant: '{headers: {"a b": {exact: c}}}',
    code: 'VALUE',
    at: '"a b"',
    says: 'name of a header',
  },
  {
    find: 'timeout: 5s',
    plant: 'headers: {request: {set: {x-rate: 50%}}}',
    code: 'VALUE',
    at: '50%',
    says: 'no sound one',
  },
  {
    find: 'timeout: 5s',
    plant: 'headers: {response: {add: {x-what: "%NOPE%"}}}',
    code: 'VALUE',
    at: '"%NOPE%"',
    says: 'NOPE',
  },
  {
    find: 'timeout: 5s',
    plant: 'headers: {request: {set: {":path": /x}}}',
    code: 'VALUE',
    at: '/x',
    says: 'no proxy changes :path',
  },
  { find: 'retryOn: 5xx', plant: 'retryOn: 6xx', code: 'VALUE', at: '6xx', says: '6xx' },
  {
    find: 'attempts: 2',
    plant: 'attempts: 0',
    code: 'CONFLICT',
    at: '0, retryOn',
    says: 'turns retries off',
  },
  {
    find: 'timeout: 5s',
    plant: 'redirect: {uri: /x}',
    code: 'ONE_OF',
    at: 'redirect',
    says: 'only one of',
  },
  {
    find: 'timeout: 5s',
    plant: 'delegate: {name: x}',
    code: 'ONE_OF',
    at: 'delegate',
    says: 'only one of',
  },
  {
    find: 'timeout: 5s',
    plant: 'fault: {abort: {httpStatus: 42}}',
    code: 'VALUE',
    at: '42',
    says: '200 to 599',
  },
  {
    find: 'timeout: 5s',
    plant: 'headers: {request: {set: {x: "a\\nb"}}}',
    code: 'VALUE',
    at: '"a\\nb"',
    says: 'control characters',
  },
  { find: '["./*"]', plant: '["*"]', code: 'VALUE', at: '"*"', says: 'namespace/host' },
  {
    find: 'clusterIP: 10.0.0.1',
    plant: 'clusterIP: 10.0.0.256',
    code: 'VALUE',
    at: '10.0.0.256',
    says: 'IP address',
  },
  {
    find: 'metadata: {name: api}',
    plant: 'metadata: {name: Api}',
    code: 'VALUE',
    at: 'Api',
    says: 'resource name',
  },
  {
    find: 'labels: {version: v1}',
    plant: 'labels: {version: 1}',
    code: 'TYPE',
    at: '1}',
    says: 'label value',
  },
]

describe('finds a planted fault, says where and what', () => {
  test.each(planted)('$plant', ({ find, plant, code, at, says, suggestion }) => {
    expect(good).toContain(find)
    const text = good.replace(find, () => plant)

    const diagnostics = read(text)

    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const [first] = errors
    const line = text
      .split('\n')
      .slice((first?.line ?? 1) - 1)
      .join('\n')
    expect(errors.map((each) => each.code)).toContain(`ERR_CONFIG_${code}`)
    expect(first).toMatchObject({
      code: `ERR_CONFIG_${code}`,
      message: expect.stringContaining(says),
    })
    expect(line.slice((first?.column ?? 1) - 1)).toMatch(startsWith(at))
    expect(first?.suggestion).toBe(suggestion)
  })
})

const startsWith = (text: string): RegExp =>
  new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`)

test('finds all faults of all files at once', () => {
  const files = [
    { path: 'a.yaml', text: good.replace('destination: {', 'destinaton: {') },
    {
      path: 'b.yaml',
      text: 'apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 0}]}\n',
    },
    { path: 'c.yaml', text: 'a: [1, 2' },
    {
      path: 'd.yaml',
      text: good.replace('number: 80,', 'number: 0,').replaceAll('name: ', 'name: d-'),
    },
  ]

  const { snapshot, diagnostics } = readConfig(files)

  expect(snapshot).toBeUndefined()
  expect(
    new Set(diagnostics.filter((each) => each.severity === 'error').map(({ file }) => file)),
  ).toEqual(new Set(['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml']))
})

test('does not blame a reference when what it refers to could not be read', () => {
  const broken = good
    .replace('clusterIP: 10.0.0.1', 'clusterIPP: 10.0.0.1')
    .replace('name: http, port: 9080', 'name: http, port: x')

  const codes = read(broken).map(({ code }) => code)

  expect(codes).toEqual(['ERR_CONFIG_UNKNOWN_FIELD', 'ERR_CONFIG_TYPE'])
})

test('names the second of two resources of one name, and where the first is', () => {
  const [service = ''] = good.split('---\n')

  const { diagnostics } = readConfig([
    { path: 'one.yaml', text: service },
    { path: 'two.yaml', text: `# a comment\n${service}` },
  ])

  expect(diagnostics).toMatchObject([{ code: 'ERR_CONFIG_DUPLICATE', file: 'two.yaml', line: 2 }])
  expect(diagnostics[0]?.message).toContain('one.yaml:1')
})

const warned: readonly (readonly [string, string, string, string])[] = [
  ['weight: 100', 'weight: 0', 'WARN_CONFIG_NO_EFFECT', 'all requests'],
  [
    'timeout: 5s',
    'timeout: 5s\n    fault: {delay: {exponentialDelay: 1s}}',
    'WARN_CONFIG_NOT_HONOURED',
    'exponentialDelay',
  ],
  [
    '[shop.example.org]\n  gateways',
    '[other.example.org]\n  gateways',
    'WARN_CONFIG_REFERENCE',
    'serves no host',
  ],
  [
    '- match: [{uri: {prefix: /reviews}}]',
    '- route: [{destination: {host: reviews}}]\n  - match: [{uri: {prefix: /reviews}}]',
    'WARN_CONFIG_UNREACHABLE',
    'never reached',
  ],
  ['protocol: TLS}', 'protocol: TCP}', 'WARN_CONFIG_ADDRESS', 'without addresses'],
  ['simple: ROUND_ROBIN', 'simple: LEAST_CONN', 'WARN_CONFIG_DEPRECATED', 'LEAST_REQUEST'],
  [
    'timeout: 5s\n    retries: {attempts: 2, retryOn: 5xx}\n    route:\n    - destination: {host: reviews, subset: v1}\n      weight: 100',
    'redirect: {uri: /a, redirectCode: 305}',
    'WARN_CONFIG_NOT_HONOURED',
    'redirectCode 305',
  ],
  [
    '    hosts: [shop.example.org]\n---',
    '    hosts: [shop.example.org]\n  - {port: {number: 80, name: tcp, protocol: TCP}, hosts: [other.test]}\n---',
    'WARN_CONFIG_CONFLICT',
    'port 80 speaks HTTP already',
  ],
  ['kind: Sidecar', 'kind: WorkloadGroup', 'WARN_CONFIG_NOT_HONOURED', 'WorkloadGroup'],
]

describe('warns, and still gives the snapshot', () => {
  test.each(warned)('%s → %s', (found, change, code, part) => {
    const { snapshot, diagnostics } = readConfig([
      { path: 'a.yaml', text: good.replace(found, () => change) },
    ])

    expect(diagnostics.map((each) => each.code)).toEqual([code])
    expect(diagnostics[0]?.message).toContain(part)
    expect(snapshot).toBeDefined()
  })
})

test('warns of a mode of the mesh that is not honoured', () => {
  const text = 'outboundTrafficPolicy: {mode: ALLOW_ANY_DYNAMIC_DNS}'

  expect(readConfig([{ path: 'mesh.yaml', text }]).diagnostics).toMatchObject([
    { code: 'WARN_CONFIG_NOT_HONOURED', path: 'outboundTrafficPolicy.mode', line: 1 },
  ])
})

test.each([
  ['security.istio.io/v1', 'PeerAuthentication'],
  ['security.istio.io/v1beta1', 'RequestAuthentication'],
  ['security.istio.io/v1', 'AuthorizationPolicy'],
  ['networking.istio.io/v1alpha3', 'EnvoyFilter'],
  ['extensions.istio.io/v1alpha1', 'WasmPlugin'],
])('refuses %s %s, which protects', (apiVersion, kind) => {
  const { snapshot, diagnostics } = readConfig([
    {
      path: 'a.yaml',
      text: `${good}---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n`,
    },
  ])

  expect(snapshot).toBeUndefined()
  expect(diagnostics.map(({ code }) => code)).toEqual(['ERR_CONFIG_NOT_ENFORCED'])
})

test('only warns of what protects a reader who lets nothing through, and refuses everything else', () => {
  const policy =
    'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: x}\n'
  const tls = good.replace('{loadBalancer: ', '{tls: {mode: ISTIO_MUTUAL}, loadBalancer: ')
  const claims = '{headers: {"@request.auth.claims.sub": {exact: a}}}'
  const read = (text: string) =>
    readConfig([{ path: 'a.yaml', text: `${text}---\n${policy}` }], { unenforced: 'warn' })

  const { snapshot, diagnostics } = read(tls)
  expect(snapshot?.destinationRules).toHaveLength(
    readConfig([{ path: 'a.yaml', text: good }]).snapshot?.destinationRules.length ?? 0,
  )
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ['WARN_CONFIG_NOT_ENFORCED', 'warning'],
    ['WARN_CONFIG_NOT_ENFORCED', 'warning'],
  ])
  // Where a route depends on who was authenticated, a warning would not do.
  const byClaims = read(good.replace('{uri: {prefix: /reviews}}', claims))
  expect(byClaims.snapshot).toBeUndefined()
  expect(byClaims.diagnostics.map(({ code }) => code)).toEqual([
    'ERR_CONFIG_UNSUPPORTED',
    'WARN_CONFIG_NOT_ENFORCED',
  ])
})

test('ignores what is not of the mesh, with a warning', () => {
  const { snapshot, diagnostics } = readConfig([
    {
      path: 'a.yaml',
      text: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {any: thing}\n',
    },
  ])

  expect(snapshot?.services).toEqual([])
  expect(diagnostics.map(({ code }) => code)).toEqual(['WARN_CONFIG_FOREIGN_KIND'])
})
