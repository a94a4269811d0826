import { expect, test } from 'vitest'
import { compile, originOf } from '../src/index.ts'
import {
  frozen,
  httpRoutes,
  named,
  reviewsRoutes,
  router,
  service,
  sidecar,
  snapshotOf,
} from './mesh.ts'

const toReviews = 'route: [{destination: {host: reviews}}]'

test('every route of a VirtualService says by which match of which route it is written', () => {
  const routes = reviewsRoutes([
    httpRoutes(`
  - match: [{uri: {prefix: /a}}, {port: 1}, {uri: {exact: /b}}]
    ${toReviews}
  - ${toReviews}`),
  ])

  expect(routes.map((route) => originOf(route)?.path)).toEqual([
    ['spec', 'http', 0, 'match', 0],
    ['spec', 'http', 0, 'match', 2],
    ['spec', 'http', 1],
  ])
  expect(originOf(routes[0] ?? {})).toMatchObject({
    kind: 'VirtualService',
    namespace: 'default',
    name: 'reviews',
  })
})

test('a delegated route is written in the delegate, by way of the route that delegates', () => {
  const routes = reviewsRoutes([
    httpRoutes(`
  - match: [{uri: {prefix: /x}}, {uri: {prefix: /a}}]
    delegate: {name: inner, namespace: team}`),
    `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: inner, namespace: team}
spec:
  http:
  - match: [{uri: {prefix: /a/b}}]
    route: [{destination: {host: reviews.default.svc.cluster.local}}]
  - route: [{destination: {host: reviews.default.svc.cluster.local}}]`,
  ])

  const via = (index: number): object => ({
    kind: 'VirtualService',
    namespace: 'default',
    name: 'reviews',
    path: ['spec', 'http', 0, 'match', index],
  })
  const inner = { kind: 'VirtualService', namespace: 'team', name: 'inner' }
  expect(routes.map(originOf)).toEqual([
    { ...inner, path: ['spec', 'http', 0, 'match', 0], via: via(1) },
    { ...inner, path: ['spec', 'http', 1], via: via(0) },
    { ...inner, path: ['spec', 'http', 1], via: via(1) },
  ])
})

test('routes that nobody wrote have no origin, and origins leave no trace in what is compiled', () => {
  const snapshot = snapshotOf(service('reviews'), service('ratings'))
  const { routes } = compile(snapshot, sidecar())
  const all = (named(routes, '9080').virtualHosts ?? []).flatMap((host) => host.routes ?? [])

  expect(all.map(originOf)).toEqual(all.map(() => undefined))
  expect(all.length).toBe(3)
  expect(JSON.stringify(compile(snapshot, sidecar()))).toBe(
    JSON.stringify(frozen(compile(snapshot, sidecar()))),
  )
})

test('routes behind a gateway and of a gRPC client keep their origin', () => {
  const snapshot = snapshotOf(
    service('reviews'),
    `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]`,
    httpRoutes(`
  - match: [{uri: {prefix: /a}}]
    ${toReviews}`).replace('hosts: [reviews]', 'hosts: [reviews]\n  gateways: [door, mesh]'),
  )
  const grpc = compile(snapshot, sidecar({ client: 'grpc' }))
  const gateway = compile(snapshot, router())
  for (const { routes } of [grpc, gateway]) {
    const first = routes.flatMap(({ virtualHosts }) => virtualHosts ?? [])[0]?.routes?.[0]
    expect(first && originOf(first)?.path).toEqual(['spec', 'http', 0, 'match', 0])
  }
})
