import { expect, test } from 'vitest'
import '@meshwright/mesh-test/vitest'
import { createMesh, MeshTestError } from '../src/index.ts'

const text = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: team }
spec:
  hosts: [shop.example.org, cart]
  gateways: [mesh, doors/main]
  http:
    - match: [{ uri: { prefix: /beta } }]
      route: [{ destination: { host: cart, subset: beta, port: { number: 8080 } } }]
      mirror: { host: audit.ops.svc.cluster.local }
    - route: [{ destination: { host: cart, port: { number: 8080 } } }]
`
const files = [{ path: 'shop.yaml', text }]

function faultsOf(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof MeshTestError) {
      return error.diagnostics.map(
        ({ file, line, column, code }) => `${file}:${line}:${column} ${code}`,
      )
    }
    throw error
  }
  return []
}

test('what is referred to and missing is a fault, all of them at once and each with its place', () => {
  expect(faultsOf(() => createMesh({ files }))).toEqual([
    'shop.yaml:6:20 ERR_CONFIG_REFERENCE',
    'shop.yaml:9:38 ERR_CONFIG_REFERENCE',
    'shop.yaml:10:23 ERR_CONFIG_REFERENCE',
    'shop.yaml:11:38 ERR_CONFIG_REFERENCE',
  ])
})

test('virtual services alone can be tested once what is missing is assumed', () => {
  const mesh = createMesh({ files, assumeMissing: true, proxy: { namespace: 'team' } })

  const beta = mesh.request('GET http://cart:8080/beta')
  expect(beta).toRouteTo('cart', { subset: 'beta', port: 8080 })
  expect(beta).toMirrorTo('audit.ops', { percentage: 100 })
  expect(mesh.request('GET http://shop.example.org/')).toRouteTo('cart')
  const door = mesh.from({ kind: 'router', namespace: 'doors' })
  expect(door.request('GET http://shop.example.org/')).toRouteTo('cart.team')
})

test('other faults stay, with their place', () => {
  const broken = [{ path: 'shop.yaml', text: text.replace('prefix: /beta', 'prefixes: /beta') }]

  expect(faultsOf(() => createMesh({ files: broken, assumeMissing: true }))).toEqual([
    'shop.yaml:8:24 ERR_CONFIG_UNKNOWN_FIELD',
  ])
})

test('hosts that are no services are served on port 80, whether anything else is there or not', () => {
  const alone = text.replace(/\n +mirror:.*/, '')
  const given = `${alone}---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: team }
spec: { ports: [{ name: http, port: 8080 }] }
`
  const mesh = createMesh({ files: [{ path: 'shop.yaml', text: given }], assumeMissing: true })

  expect(mesh.request('GET http://shop.example.org/')).toRouteTo('cart.team', { port: 8080 })
})

test('a host without a dot is a service, though no destination names it', () => {
  const split = text
    .replace('hosts: [shop.example.org, cart]', 'hosts: [basket]')
    .replace(/\n +gateways:.*/, '')
  const mesh = createMesh({
    files: [{ path: 'shop.yaml', text: split }],
    assumeMissing: true,
    proxy: { namespace: 'team' },
  })

  for (const url of ['http://basket/', 'http://basket:8080/', 'http://basket.team/']) {
    expect(mesh.request(`GET ${url}`)).toRouteTo('cart.team', { port: 8080 })
  }
})
