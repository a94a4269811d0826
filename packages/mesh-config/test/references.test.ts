import { expect, test } from 'vitest'
import { formatDiagnostic, readConfig, sarifFromDiagnostics } from '../src/index.ts'

const said = (text: string): readonly string[] =>
  readConfig([{ path: 'a.yaml', text }]).diagnostics.map(formatDiagnostic)

const service = (name: string, namespace = 'default'): string => `apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec: {ports: [{name: http, port: 80}]}
---
`
const virtualService = (
  name: string,
  spec: string,
  namespace = 'default',
): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: ${namespace}}
spec: {${spec}}
---
`
const route = 'http: [{route: [{destination: {host: a}}]}]'

test('follows delegates and finds those that are not there or are none', () => {
  const root = (delegate: string) =>
    virtualService('root', `hosts: [a], http: [{delegate: {name: ${delegate}}}]`)
  const child = virtualService('child', route)

  expect(said(service('a') + child + root('child'))).toEqual([])
  expect(said(service('a') + child + root('chidl'))).toEqual([
    'a.yaml:14:45: error: there is no VirtualService default/chidl to delegate to, did you mean child (at spec.http[0].delegate.name) [ERR_CONFIG_REFERENCE]',
  ])
  expect(said(service('a') + root('root'))[0]).toContain('has hosts of its own')
})

test('warns of a host that two virtual services route, only if some proxy sees both', () => {
  const other = (exportTo: string) =>
    virtualService(
      'two',
      `hosts: [a.default.svc.cluster.local], ${exportTo}${route.replace('host: a', 'host: a.default.svc.cluster.local')}`,
      'other',
    )
  const one = service('a') + virtualService('one', `hosts: [a], ${route}`)

  expect(said(one + other('')).map((line) => line.slice(0, 80))).toEqual([
    'a.yaml:14:16: warning: a.default.svc.cluster.local on gateway mesh is routed by ',
  ])
  expect(said(one + other('exportTo: [.], '))).toEqual([])
})

test('resolves short names in the namespace of who mentions them', () => {
  expect(said(service('a', 'shop') + virtualService('x', `hosts: [a], ${route}`, 'shop'))).toEqual(
    [],
  )
  expect(said(service('a', 'shop') + virtualService('x', `hosts: [x.test], ${route}`))).toEqual([
    'a.yaml:9:62: error: no service has the host a, did you mean a.shop.svc.cluster.local (at spec.http[0].route[0].destination.host) [ERR_CONFIG_REFERENCE]',
  ])
})

test('accepts destinations that a wildcard host covers', () => {
  const entry = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: wide}
spec: {hosts: ["*.wide.test"], ports: [{number: 80, name: http}]}
---
`

  expect(
    said(
      entry +
        virtualService('x', `hosts: [x.test], ${route.replace('host: a', 'host: x.wide.test')}`),
    ),
  ).toEqual([])
})

test('finds gateways across namespaces', () => {
  const gateway = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec: {selector: {a: b}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["default/x.test"]}]}
---
`
  const bound = (name: string) =>
    service('a') + gateway + virtualService('x', `hosts: [x.test], gateways: [${name}], ${route}`)

  expect(said(bound('infra/edge'))).toEqual([])
  expect(said(bound('edge'))[0]).toContain(
    'there is no Gateway default/edge, did you mean infra/edge',
  )
})

test('refuses two sidecars for the same workloads', () => {
  const sidecar = (name: string) => `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: ${name}}
spec: {workloadSelector: {labels: {a: b}}, egress: [{hosts: ["./*"]}]}
---
`

  expect(said(sidecar('one') + sidecar('two')).map((line) => line.slice(0, 50))).toEqual([
    'a.yaml:9:26: error: Sidecar one (a.yaml:1) selects',
  ])
})

test('warns of a slice without its service and of a subset without endpoints', () => {
  const text = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: x, labels: {kubernetes.io/service-name: gone}}
addressType: IPv4
endpoints: []
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec: {hosts: [a.test], resolution: STATIC, endpoints: [{address: 10.0.0.1, labels: {v: "1"}}], ports: [{number: 80, name: http}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec: {host: a.test, subsets: [{name: one, labels: {v: "1"}}, {name: two, labels: {v: "2"}}]}
`

  expect(said(text)).toEqual([
    'a.yaml:3:29: warning: there is no Service default/gone for the slice (at metadata.labels) [WARN_CONFIG_REFERENCE]',
    'a.yaml:15:83: warning: subset two selects none of the 1 endpoints (at spec.subsets[1].labels) [WARN_CONFIG_NO_EFFECT]',
  ])
})

test('writes SARIF that names rule, place and level', () => {
  const { diagnostics } = readConfig([{ path: 'dir/a b.yaml', text: 'kind: 1' }])

  const [run] = sarifFromDiagnostics(diagnostics).runs

  expect(run?.results[1]).toEqual({
    ruleId: 'ERR_CONFIG_NOT_RESOURCE',
    level: 'error',
    message: { text: 'kind is missing: this is no Kubernetes resource' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'dir/a%20b.yaml' },
          region: { startLine: 1, startColumn: 7 },
        },
        logicalLocations: [{ fullyQualifiedName: 'kind' }],
      },
    ],
  })
})

test('keeps control characters of a file out of the line it prints', () => {
  const line = said('apiVersion: v1\nkind: "A\\u001b[31m\\nB"\nmetadata: {name: a}\n')[0]

  expect(line).toBe(
    'a.yaml:2:7: warning: A [31m B of v1 is not a mesh resource and is ignored (at kind, got v1 A [31m B) [WARN_CONFIG_FOREIGN_KIND]',
  )
})
