import { expect, test } from 'vitest'
import { formatDiagnostic, type MeshService, readConfig } from '../src/index.ts'

function services(text: string): readonly MeshService[] {
  const { snapshot, diagnostics } = readConfig([{ path: 'a.yaml', text }])
  expect(diagnostics.map(formatDiagnostic)).toEqual([])
  return snapshot?.services ?? []
}

const slice = (extra: string): string => `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-abc, labels: {kubernetes.io/service-name: web, version: v2}}
addressType: IPv4
${extra}`

test('gives a Kubernetes service the endpoints of its slices, port by port', () => {
  const [service] = services(`apiVersion: v1
kind: Service
metadata: {name: web, namespace: default, labels: {app: web}, annotations: {networking.istio.io/exportTo: "., shop"}}
spec:
  clusterIP: 10.0.0.5
  ports:
  - {name: http, port: 80, targetPort: web}
  - {name: grpc-admin, port: 81, targetPort: 9001}
  - {name: other, port: 3306, protocol: TCP}
---
${slice(`ports: [{name: http, port: 8080}, {name: grpc-admin, port: 9001}, {name: other, port: 3307}]
endpoints:
- {addresses: [10.1.0.1], zone: z1}
- {addresses: [10.1.0.2], conditions: {ready: false}}`)}`)

  expect(service).toMatchObject({
    hostname: 'web.default.svc.cluster.local',
    registry: 'kubernetes',
    addresses: ['10.0.0.5'],
    resolution: 'static',
    location: 'internal',
    exportTo: ['.', 'shop'],
    ports: [
      { number: 80, name: 'http', protocol: 'HTTP', targetPort: 'web' },
      { number: 81, name: 'grpc-admin', protocol: 'GRPC', targetPort: 9001 },
      { number: 3306, name: 'other', protocol: 'TCP', targetPort: 3306 },
    ],
  })
  expect(service?.endpoints).toEqual([
    {
      address: '10.1.0.1',
      ports: { http: 8080, 'grpc-admin': 9001, other: 3307 },
      labels: { version: 'v2' },
      locality: '/z1',
      weight: 1,
      healthy: true,
    },
    {
      address: '10.1.0.2',
      ports: { http: 8080, 'grpc-admin': 9001, other: 3307 },
      labels: { version: 'v2' },
      locality: '',
      weight: 1,
      healthy: false,
    },
  ])
})

test('takes plain Endpoints when there are no slices, and workloads that the selector picks', () => {
  const [service] = services(`apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
subsets: [{addresses: [{ip: 10.1.0.1}], notReadyAddresses: [{ip: 10.1.0.2}], ports: [{port: 8080}]}]
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm}
spec: {address: 10.2.0.1, labels: {app: web}, locality: eu/a, weight: 3, serviceAccount: vm}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: other}
spec: {address: 10.2.0.2, labels: {app: other}}
`)

  expect(
    service?.endpoints.map(({ address, healthy, ports }) => [address, healthy, ports]),
  ).toEqual([
    ['10.1.0.1', true, { '': 8080 }],
    ['10.1.0.2', false, { '': 8080 }],
    ['10.2.0.1', true, { '': 8080 }],
  ])
  expect(service?.endpoints[2]).toMatchObject({
    locality: 'eu/a',
    weight: 3,
    serviceAccount: 'vm',
  })
})

test('knows headless services and those that only name another host', () => {
  const [headless, named] = services(`apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: None, ports: [{name: http, port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: ExternalName, externalName: db.example.org, ports: [{name: tcp, port: 5432}]}}
`)

  expect(headless).toMatchObject({ headless: true, resolution: 'none', addresses: [] })
  expect(named).toMatchObject({
    headless: false,
    resolution: 'dns',
    endpoints: [{ address: 'db.example.org', ports: { tcp: 5432 } }],
  })
})

test('makes a service of every host of an entry, with the workloads that it selects', () => {
  const found = services(`apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [a.example.org, b.example.org]
  location: MESH_INTERNAL
  resolution: STATIC
  exportTo: [.]
  ports: [{number: 80, name: http, protocol: http, targetPort: 8080}, {number: 81, name: x}]
  workloadSelector: {labels: {app: api}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: one, namespace: shop}
spec: {address: 10.0.0.1, labels: {app: api, version: v1}, ports: {http: 9000}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: elsewhere, namespace: other}
spec: {address: 10.0.0.2, labels: {app: api}}
`)

  expect(found.map(({ hostname, namespace }) => [hostname, namespace])).toEqual([
    ['a.example.org', 'shop'],
    ['b.example.org', 'shop'],
  ])
  expect(found[0]).toMatchObject({
    location: 'internal',
    exportTo: ['.'],
    ports: [
      { protocol: 'HTTP', targetPort: 8080 },
      { protocol: 'auto', targetPort: 81 },
    ],
    endpoints: [
      { address: '10.0.0.1', ports: { http: 9000, x: 81 }, labels: { app: 'api', version: 'v1' } },
    ],
  })
})

test('looks up the host itself when DNS has no endpoints', () => {
  const [service] = services(`apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api}
spec: {hosts: [api.example.org], resolution: DNS, ports: [{number: 443, name: tls, protocol: TLS}]}
`)

  expect(service?.endpoints).toMatchObject([{ address: 'api.example.org', ports: { tls: 443 } }])
  expect(service?.location).toBe('external')
})

test('lets a Kubernetes service win over an entry of the same host, and says so', () => {
  const { snapshot, diagnostics } = readConfig([
    {
      path: 'a.yaml',
      text: `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: web}
spec: {hosts: [web.default.svc.cluster.local], ports: [{number: 80, name: http}]}
`,
    },
  ])

  expect(diagnostics.map(({ code }) => code)).toEqual(['WARN_CONFIG_CONFLICT'])
  expect(snapshot?.services.map(({ registry }) => registry)).toEqual(['kubernetes'])
})

test('reads the mesh configuration out of the ConfigMap of Istio, with true places', () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |-
    accessLogFile: /dev/stdout
    # a comment
    acessLogFormat: x
`
  const bad = readConfig([{ path: 'cm.yaml', text }])
  const good = readConfig([{ path: 'cm.yaml', text: text.replace('acess', 'access') }])

  expect(bad.diagnostics.map(formatDiagnostic)).toEqual([
    'cm.yaml:8:5: error: MeshConfig has no field "acessLogFormat", did you mean accessLogFormat (at data.mesh.acessLogFormat) [ERR_CONFIG_UNKNOWN_FIELD]',
  ])
  expect(good.snapshot?.mesh).toEqual({ accessLogFile: '/dev/stdout', accessLogFormat: 'x' })
})

test('takes a bare file only by the name mesh.yaml, and JSON as well', () => {
  const text = '{"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}, "connectTimeout": "2500ms"}'

  expect(readConfig([{ path: 'etc/mesh.json', text }]).snapshot?.mesh).toEqual({
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    connectTimeout: '2.500s',
  })
  expect(readConfig([{ path: 'etc/other.json', text }]).diagnostics[0]?.code).toBe(
    'ERR_CONFIG_NOT_RESOURCE',
  )
})
