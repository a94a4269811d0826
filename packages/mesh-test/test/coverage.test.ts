import { expect, test } from 'vitest'
import { createMesh } from '../src/index.ts'
import { bookinfo, reviewsLine } from './bookinfo.ts'

test('a trace file has every written route, those too that no proxy was asked through', () => {
  const mesh = createMesh({ files: bookinfo })
  const linesOf = (lcov: string): readonly string[] => {
    let file = ''
    return lcov.split('\n').flatMap((line) => {
      if (line.startsWith('SF:')) file = line.slice(3)
      const [, number, hits] = /^DA:(\d+),(\d+)$/.exec(line) ?? []
      return number === undefined ? [] : [`${file}:${number} ${hits === '0' ? 'missed' : 'hit'}`]
    })
  }
  const written = mesh.coverage().written.map(({ origin }) => `${origin.file}:${origin.line}`)
  expect(written).toHaveLength(7)

  expect(linesOf(mesh.coverage().lcov()).toSorted()).toEqual(
    written.map((place) => `${place} missed`).toSorted(),
  )
  mesh.request('GET http://reviews:9080/teapot')
  const hit = `mesh/reviews.yaml:${reviewsLine('- uri: { exact: /teapot }')}`
  const lines = linesOf(mesh.coverage().lcov())
  expect(lines).toEqual(
    expect.arrayContaining(written.map((place) => `${place} ${place === hit ? 'hit' : 'missed'}`)),
  )
  expect(lines).not.toContain(`${hit} missed`)
})

test('what no request showed of written routes is told once, and nothing of what nobody wrote', () => {
  const mesh = createMesh({ files: bookinfo })
  const descriptions = () =>
    mesh.coverage().unseen.map(({ origin, description }) => `${origin.path} ${description}`)
  expect(descriptions()).toEqual([])

  mesh.request('GET http://reviews:9080/teapot')
  const before = descriptions()
  expect(before.filter((text) => !text.startsWith('spec.http['))).toEqual([])
  expect(before).toContainEqual(
    expect.stringMatching(/^spec\.http\[0\]\.match\[0\] .*end-user exact "jason": holds$/),
  )
  mesh.from({ namespace: 'other' }).request('GET http://reviews.default:9080/', {
    headers: { 'end-user': 'jason' },
  })
  expect(descriptions().filter((text) => text.includes('jason": holds'))).toEqual([])
})

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
