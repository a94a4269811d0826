import '@meshwright/mesh-test/vitest'
import { describe, expect, test } from 'vitest'
import { createMesh, MeshTestError } from '../src/index.ts'
import { bookinfo } from './bookinfo.ts'

function service(name: string, ports: string, more = ''): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default }
spec:
  ${more}
  ports: [${ports}]
`
}

function virtualService(name: string, subset = ''): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: default }
spec:
  hosts: [${name}]
  http: [{ match: [{ uri: { prefix: /in } }], timeout: 1s, route: [{ destination: { host: ${name}${subset} } }] }]
`
}

const detected = [
  service('auto', '{ port: 7000 }', 'clusterIP: 10.1.0.1'),
  service('plain', '{ port: 7000, name: http }', 'clusterIP: 10.1.0.2'),
  service('two', '{ port: 80, name: http }, { port: 81, name: http-b }'),
  virtualService('auto'),
  virtualService('plain'),
].join('---')

describe('on a port that several services share', () => {
  const mesh = createMesh({ files: [{ path: 'services.yaml', text: detected }] })

  test.each(['auto', 'plain'])('%s is asked by its own routes', (host) => {
    const routed = mesh.request(`GET http://${host}:7000/in`)
    expect(routed).toRouteTo(host, { port: 7000 })
    expect(routed).toHaveTimeout('1s')
    expect(mesh.request(`GET http://${host}:7000/out`)).toBeUnrouted()
  })

  test('a service of two ports is asked on each', () => {
    expect(mesh.request('GET http://two/')).toRouteTo('two', { port: 80 })
    expect(mesh.request('GET http://two:81/')).toRouteTo('two', { port: 81 })
  })
})

describe('a host that nobody declared', () => {
  const registryOnly = {
    path: 'mesh.yaml',
    text: 'outboundTrafficPolicy: { mode: REGISTRY_ONLY }',
  }

  test('is passed through by default, on a known port and on any other', () => {
    const mesh = createMesh({ files: bookinfo })
    for (const url of ['http://nobody:9080/', 'http://nobody:4711/']) {
      const routed = mesh.request(`GET ${url}`)
      expect(routed).toRouteTo('PassthroughCluster')
      expect(routed).not.toBeUnrouted()
      expect(String(routed)).toContain('PassthroughCluster')
    }
  })

  test('is refused where the registry is all there is', () => {
    const mesh = createMesh({ files: [...bookinfo, registryOnly] })
    expect(mesh.request('GET http://nobody:9080/')).toBeUnrouted()
    expect(mesh.request('GET http://nobody:9080/')).toRespondWith(502)
    const other = mesh.request('GET http://nobody:4711/')
    expect(other).toBeUnrouted()
    expect(String(other)).toBe('GET http://nobody:4711/\nno HTTP listener on port 4711 for nobody')
  })
})

test('paths are normalised as the mesh says before they are matched', () => {
  const merging = { path: 'mesh.yaml', text: 'pathNormalization: { normalization: MERGE_SLASHES }' }
  const line = 'GET http://reviews:9080/a/..//old'
  expect(createMesh({ files: [...bookinfo, merging] }).request(line)).toBeRewrittenTo({
    path: '/new',
  })
  expect(createMesh({ files: bookinfo }).request(line)).toSplit({ v1: 90, v2: 10 })
})

test('who asks decides: by namespace and labels of the client', () => {
  const canary = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ratings, namespace: default }
spec:
  hosts: [ratings]
  exportTo: ['.']
  http:
    - match: [{ sourceLabels: { app: tester } }]
      directResponse: { status: 299 }
    - route: [{ destination: { host: ratings } }]
`
  const mesh = createMesh({ files: [...bookinfo, { path: 'ratings.yaml', text: canary }] })
  const line = 'GET http://ratings.default:9080/'

  expect(mesh.request(line)).toRouteTo('ratings')
  expect(mesh.from({ labels: { app: 'tester' } }).request(line)).toRespondWith(299)
  expect(mesh.request(line, { from: { labels: { app: 'tester' } } })).toRespondWith(299)
  const other = mesh.from({ namespace: 'other', labels: { app: 'tester' } }).request(line)
  expect(other).toRouteTo('ratings.default')
  expect(other.origin).toBeUndefined()
  expect(mesh.from({ labels: { app: 'tester' } })).toBe(mesh.from({ labels: { app: 'tester' } }))
})

test('a gateway that several Gateways select differently must be told by its labels', () => {
  const second = bookinfo.map(({ path, text }) => ({
    path: `2-${path}`,
    text: text.replace('istio: ingressgateway', 'istio: other').replaceAll('name: door', 'name: b'),
  }))
  const files = [
    ...bookinfo,
    ...second.slice(2).map(({ path, text }) => ({ path, text: text.split('---')[0] ?? '' })),
  ]
  const mesh = createMesh({ files })

  expect(() => mesh.from({ kind: 'router' })).toThrow('ERR_MESH_TEST_PROXY')
  const door = mesh.from({ kind: 'router', labels: { istio: 'ingressgateway' } })
  expect(door.request('GET http://bookinfo.example.org:8080/productpage')).toRouteTo('productpage')
  expect(() => mesh.from({ ipAddress: '' })).toThrow('ERR_MESH_TEST_PROXY')
})

test.each([
  ['http://reviews:9080', 'GET', 'reviews:9080', '/'],
  ['POST http://reviews:9080?x=1', 'POST', 'reviews:9080', '/?x=1'],
  ['GET https://[::1]/%2e%2e//#part', 'GET', '[::1]', '/%2e%2e//'],
  ['OPTIONS http://reviews/*', 'OPTIONS', 'reviews', '/*'],
])('%s is a request', (line, method, authority, path) => {
  const { sent } = createMesh({ files: bookinfo }).request(line)
  expect(sent).toMatchObject({ method, authority, path })
})

test.each([
  '',
  'GET /x',
  'GET reviews',
  'GET ftp://x/',
  'GET http://a:99999/',
  'GET  http://a/ x',
  'G T http://a/',
])('%j is no request', (line) => {
  const mesh = createMesh({ files: bookinfo })
  expect(() => mesh.request(line)).toThrow(MeshTestError)
  expect(() => mesh.request(line)).toThrow('ERR_MESH_TEST_REQUEST')
})
