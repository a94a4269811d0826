import { expect, test } from 'vitest'
import { createMesh } from '../src/index.ts'
import { bookinfo, reviewsLine } from './bookinfo.ts'

test('coverage counts the routes that are written, each once however many proxies have it', () => {
  const mesh = createMesh({ files: bookinfo })
  const none = mesh.coverage()
  // One of them is a gateway's, that nobody looked through yet.
  expect([none.requests, none.routes]).toEqual([0, { total: 7, covered: 0, percent: 0 }])
  const door = mesh.from({ kind: 'router' })

  mesh.request('GET http://reviews:9080/teapot')
  mesh.from({ namespace: 'other' }).request('GET http://reviews.default:9080/teapot')
  door.request('GET http://bookinfo.example.org:8080/productpage')
  mesh.request('GET http://ratings:9080/')

  const { requests, routes, written, lcov } = mesh.coverage()
  expect(requests).toBe(4)
  expect(routes).toEqual({ total: 7, covered: 2, percent: 200 / 7 })
  const hit = written.filter(({ hits }) => hits > 0)
  expect(hit.map(({ origin, hits }) => [origin.file, origin.path, hits])).toEqual([
    ['mesh/door.yaml', 'spec.http[0].match[0]', 1],
    ['mesh/reviews.yaml', 'spec.http[3].match[0]', 2],
  ])
  expect(lcov()).toContain(`SF:mesh/reviews.yaml\n`)
  expect(lcov()).toContain(`DA:${reviewsLine('- uri: { exact: /teapot }')},1\n`)
})
