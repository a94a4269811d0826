import '@meshwright/mesh-test/vitest'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMesh } from '../src/index.ts'
import { bookinfo, reviewsLine } from './bookinfo.ts'

test('a route is found by its place in a route configuration, and what nobody wrote is not', () => {
  const mesh = createMesh({ files: bookinfo })
  const set = mesh.routeConfigurations.find(({ name }) => name === '9080')
  const hosts = set?.configuration.virtualHosts ?? []
  const host = hosts.findIndex(({ name }) => name?.startsWith('reviews.'))
  const other = hosts.findIndex(({ name }) => name?.startsWith('ratings.'))
  const at = (virtualHostIndex: number, routeIndex: number): number | undefined =>
    mesh.originOf({ routeConfiguration: '9080', virtualHostIndex, routeIndex })?.line

  expect(at(host, 1)).toBe(reviewsLine('- uri: { prefix: /old }'))
  expect(at(host, 5)).toBe(reviewsLine('- uri: { prefix: / }'))
  expect([at(host, 6), at(host, -1), at(other, 0), at(99, 0)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a delegated route is written in the delegate, by way of the route that delegates', () => {
  const text = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: root, namespace: default }
spec:
  hosts: [shop.example.org]
  http:
    - match: [{ uri: { prefix: /team } }]
      delegate: { name: team }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: team, namespace: default }
spec:
  http:
    - route: [{ destination: { host: reviews } }]
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { ports: [{ name: http, port: 80 }] }
`
  const mesh = createMesh({ files: [...bookinfo, { path: 'shop.yaml', text }] })
  const routed = mesh.request('GET http://shop.example.org/team/x')

  expect(routed).toRouteTo('reviews', { port: 9080 })
  expect(routed.origin).toMatchObject({
    line: 15,
    path: 'spec.http[0]',
    resource: { name: 'team' },
    via: { line: 7, column: 15, path: 'spec.http[0].match[0]', resource: { name: 'root' } },
  })
})

test('shares are what draws come to', () => {
  const weights = fc.array(fc.nat(7), { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(
      weights.filter((all) => all.some((weight) => weight > 0)),
      (all) => {
        const clusters = all.map((weight, i) => ({ name: `c${i}`, weight }))
        const route = { match: { prefix: '/' }, route: { weightedClusters: { clusters } } }
        const configuration = { virtualHosts: [{ name: 'a', domains: ['*'], routes: [route] }] }
        const mesh = createMesh({ configuration })
        const total = all.reduce((sum, weight) => sum + weight, 0)
        const drawn = new Map<string, number>()
        for (let random = 0; random < total; random += 1) {
          const { outcome } = mesh.request('GET http://a/', { random })
          const cluster = outcome.kind === 'forwarded' ? outcome.cluster : ''
          drawn.set(cluster, (drawn.get(cluster) ?? 0) + 100 / total)
        }
        expect(mesh.request('GET http://a/')).toSplit(Object.fromEntries(drawn))
      },
    ),
  )
})
