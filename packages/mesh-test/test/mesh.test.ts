import { expect, test } from 'vitest'
import { createMesh } from '../src/index.ts'
import { bookinfo, reviewsLine } from './bookinfo.ts'

const mesh = createMesh({ files: bookinfo })

test('a request by any name of a service takes the route that its VirtualService says', () => {
  for (const host of ['reviews', 'reviews.default', 'reviews.default.svc.cluster.local']) {
    const { outcome } = mesh.request(`GET http://${host}:9080/`, {
      headers: { 'End-User': 'jason' },
    })
    expect(outcome).toMatchObject({
      kind: 'forwarded',
      host: 'reviews.default.svc.cluster.local',
      subset: 'v2',
      port: 9080,
      timeoutMs: 5000,
    })
  }
})

test('a route says where it is written', () => {
  const { origin } = mesh.request('GET http://reviews:9080/', { headers: { 'end-user': 'jason' } })

  expect(origin).toEqual({
    file: 'mesh/reviews.yaml',
    line: reviewsLine('- headers'),
    column: 11,
    endLine: reviewsLine('- headers'),
    endColumn: 50,
    resource: { kind: 'VirtualService', namespace: 'default', name: 'reviews' },
    path: 'spec.http[0].match[0]',
  })
})

test('weights are shares of the requests', () => {
  const { outcome } = mesh.request('GET http://reviews:9080/x')

  expect(outcome).toMatchObject({
    shares: [
      { subset: 'v1', ratio: 0.9 },
      { subset: 'v2', ratio: 0.1 },
    ],
  })
})

test('a service without a VirtualService is reached, and nobody wrote its route', () => {
  const { outcome, origin } = mesh.request('GET http://ratings:9080/')

  expect(outcome).toMatchObject({ kind: 'forwarded', host: 'ratings.default.svc.cluster.local' })
  expect(origin).toBeUndefined()
})

test('a gateway is asked by the host and port of its server', () => {
  const door = mesh.from({ kind: 'router' })

  expect(door.request('GET http://bookinfo.example.org:8080/productpage').outcome).toMatchObject({
    kind: 'forwarded',
    host: 'productpage.default.svc.cluster.local',
  })
  expect(door.request('GET http://bookinfo.example.org:8080/other').outcome).toMatchObject({
    kind: 'unrouted',
    status: 404,
  })
})
