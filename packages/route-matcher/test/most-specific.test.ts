import { describe, expect, test } from 'vitest'
import { compileRoutes, type PlainRequest, type RouteMatchJson, request } from '../src/index.ts'
import { configurationOf } from './route-tables.ts'

const template = (pathTemplate: string): RouteMatchJson => ({
  pathMatchPolicy: {
    name: 'x',
    typedConfig: {
      '@type':
        'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
      pathTemplate,
    },
  },
})
const get = { name: ':method', stringMatch: { exact: 'GET' } }
const h1 = { name: 'h1', presentMatch: true }
const h2 = { name: 'h2', presentMatch: true }

/** From the most specific to the least; each takes the request below. */
const ranked: RouteMatchJson[] = [
  { path: '/a/b', headers: [get] },
  { path: '/a/b', headers: [h1, h2] },
  { path: '/a/b' },
  { safeRegex: { regex: '/a/[a-z]' } },
  template('/a/{x}'),
  { safeRegex: { regex: '/a.*' } },
  { pathSeparatedPrefix: '/a/b' },
  { prefix: '/a/', headers: [get, h1] },
  { prefix: '/a/', headers: [get] },
  { prefix: '/a/', headers: [h1, h2] },
  { prefix: '/a/', headers: [h1], queryParameters: [{ name: 'q' }, { name: 'r' }] },
  { prefix: '/a/', headers: [h1], queryParameters: [{ name: 'q' }] },
  { prefix: '/a/', headers: [h1] },
  { prefix: '/a/' },
  { prefix: '/' },
]
const asked: PlainRequest = {
  authority: 'host',
  path: '/a/b?q&r',
  headers: { h1: 'x', h2: 'y' },
}

describe('the most specific match', () => {
  test.each(ranked.map((match, rank) => [match, rank] as const))(
    '%j wins over all that are less specific, whatever their order',
    (_, rank) => {
      const rest = ranked.slice(rank)
      for (const matches of [rest.toReversed(), [...rest.slice(1), ...rest.slice(0, 1)]]) {
        const table = compileRoutes(configurationOf(...matches), { order: 'most-specific' })
        const match = table.match(request(asked))
        expect(matches[match?.route.index ?? -1]).toEqual(ranked[rank])
        const explained = table.explain(request(asked)).candidates
        expect(explained.map(({ matched }) => matched)).toEqual([true])
        expect(explained[0]?.index).toBe(match?.route.index)
      }
    },
  )

  test('of equals the first of the list wins', () => {
    const table = compileRoutes(configurationOf({ prefix: '/a' }, { prefix: '/a' }), {
      order: 'most-specific',
    })
    expect(table.match(request(asked))?.cluster).toBe('0')
  })

  test('a CONNECT without a path goes to its own matcher', () => {
    const config = configurationOf({ prefix: '/' }, { connectMatcher: {} })
    const table = compileRoutes(config, { order: 'most-specific' })
    expect(table.match(request({ authority: 'a:1', path: '', method: 'CONNECT' }))?.cluster).toBe(
      '1',
    )
  })

  test('is asked for: otherwise the first match wins', () => {
    const config = configurationOf(...ranked.toReversed())
    expect(compileRoutes(config).match(request(asked))?.cluster).toBe('0')
    expect(compileRoutes(config, { order: 'first-match' }).match(request(asked))?.cluster).toBe('0')
  })

  test('holds in long lists as well, where an index is used', () => {
    const many = Array.from({ length: 200 }, (_, i): RouteMatchJson => ({ prefix: `/a/${i}` }))
    const config = configurationOf(...many, ...ranked.toReversed())
    const table = compileRoutes(config, { order: 'most-specific' })
    expect(table.match(request(asked))?.route.index).toBe(many.length + ranked.length - 1)
    // The template, then the regular expression: places 10 and 9 of the reversed list.
    expect(table.match(request({ authority: 'a', path: '/a/199' }))?.cluster).toBe('210')
    expect(table.match(request({ authority: 'a', path: '/a/199/x' }))?.cluster).toBe('209')
  })
})
