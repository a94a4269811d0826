import '@meshwright/mesh-test/vitest'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { analyzeMesh, createMesh, diffMeshes, loadMesh, queryMesh } from '../src/index.ts'
import { bookinfo } from './bookinfo.ts'

const policies = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: deny, namespace: default }
spec: { action: DENY, rules: [{}] }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict, namespace: default }
spec: { mtls: { mode: STRICT } }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ratings, namespace: default }
spec: { host: ratings, trafficPolicy: { tls: { mode: ISTIO_MUTUAL } } }
`

const sentence =
  'requests pass, and are not changed by, what is not looked at: AuthorizationPolicy, PeerAuthentication, spec.trafficPolicy.tls.mode'

test('what protects does not decide routes: it is no fault, and every proof names it', () => {
  const bare = createMesh({ files: bookinfo })
  const guarded = createMesh({ files: [...bookinfo, { path: 'mesh/guards.yaml', text: policies }] })

  expect(bare.assumptions).toEqual([])
  expect(guarded.assumptions).toEqual([sentence])
  expect(guarded.from({ namespace: 'other' }).assumptions).toEqual([sentence])
  expect(guarded.request('GET http://ratings:9080/')).toRouteTo('ratings')
  expect(analyzeMesh(guarded).assumptions).toContain(sentence)
  expect(queryMesh(guarded, { cluster: 'none' }).assumptions).toContain(sentence)
  const { equivalent, assumptions } = diffMeshes(bare, guarded)
  expect([equivalent, assumptions.includes(sentence)]).toEqual([true, true])
})

test('so with made-up services, and at most five are named', () => {
  const kinds = [
    'EnvoyFilter',
    'AuthorizationPolicy',
    'PeerAuthentication',
    'RequestAuthentication',
  ]
  const group = (kind: string) =>
    kind === 'EnvoyFilter' ? 'networking.istio.io/v1alpha3' : 'security.istio.io/v1'
  const documents = [
    ...kinds.map((kind) => `apiVersion: ${group(kind)}\nkind: ${kind}\nmetadata: { name: x }\n`),
    'apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: { name: x }\n',
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: shop }\nspec: { hosts: [web], http: [{ route: [{ destination: { host: web } }] }] }\n',
    'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: x }\nspec: { host: web, trafficPolicy: { tls: { mode: SIMPLE } } }\n',
  ]
  const mesh = createMesh({
    files: [{ path: 'shop.yaml', text: documents.join('---\n') }],
    assumeMissing: true,
  })

  expect(mesh.request('GET http://web/')).toRouteTo('web')
  expect(mesh.assumptions).toEqual([
    `requests pass, and are not changed by, what is not looked at: ${kinds.join(', ')}, WasmPlugin, 1 more`,
  ])
})

test('a gateway that ends TLS takes what it reads; what it passes through it does not read', () => {
  const text = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: door, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      tls: { httpsRedirect: true }
      hosts: [shop.example.org]
    - port: { number: 443, name: https, protocol: HTTPS }
      tls: { mode: SIMPLE, credentialName: shop }
      hosts: [shop.example.org]
    - port: { number: 8443, name: sealed, protocol: HTTPS }
      tls: { mode: PASSTHROUGH }
      hosts: [shop.example.org]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: default }
spec:
  hosts: [shop.example.org]
  gateways: [istio-system/door]
  http:
    - match: [{ uri: { prefix: /cart } }]
      route: [{ destination: { host: ratings } }]
`
  const mesh = createMesh({
    files: [...bookinfo, { path: 'mesh/tls.yaml', text }],
    proxy: { kind: 'router', labels: { istio: 'ingressgateway' } },
  })

  expect(mesh.request('GET https://shop.example.org/cart/1')).toRouteTo('ratings')
  expect(mesh.request('GET https://shop.example.org/other')).toBeUnrouted()
  expect(mesh.request('GET http://shop.example.org/cart/1')).toRedirectTo(/^https:/)
  const ports = mesh.routeConfigurations.flatMap(({ listeners }) =>
    listeners.map(({ port }) => port),
  )
  expect([...new Set(ports)]).toEqual([443, 80, 8080])
  // All that was read is as it was written.
  const servers = mesh.snapshot?.gateways.flatMap(({ spec }) => spec.servers) ?? []
  expect(servers.map(({ port, tls }) => [port.protocol, tls?.mode])).toContainEqual([
    'HTTPS',
    'SIMPLE',
  ])
})

test('the configuration that istiod was recorded with is read', async () => {
  const path = new URL('../../../test/fixtures/istiod/config.yaml', import.meta.url).pathname
  expect(await readFile(path, 'utf8')).toContain('kind: AuthorizationPolicy')

  const mesh = await loadMesh({ paths: path })
  expect(mesh.assumptions.join()).toContain('PeerAuthentication, AuthorizationPolicy')
  expect(mesh.request('GET http://ratings:9080/').outcome.kind).toBe('forwarded')
})
