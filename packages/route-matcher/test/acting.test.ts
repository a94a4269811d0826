import { describe, expect, test } from 'vitest'
import {
  type CompileOptions,
  compileRoutes,
  hashKeys,
  type Match,
  type MatchOptions,
  type PlainRequest,
  RouteConfigError,
  type RouteConfigurationJson,
  type RouteJson,
  request,
  type WeightedClusterJson,
} from '../src/index.ts'

function tableOf(
  route: RouteJson,
  rest: Partial<RouteConfigurationJson> = {},
  options: CompileOptions = {},
) {
  const host = { name: 'all', domains: ['*'], routes: [route] }
  return compileRoutes({ virtualHosts: [host], ...rest }, options)
}

function get(path: string, rest: Partial<PlainRequest> = {}) {
  return request({ authority: 'shop', path, ...rest })
}

function matchOf(route: RouteJson, asked = get('/a/b?c=d'), options: MatchOptions = {}): Match {
  const match = tableOf(route).match(asked, options)
  if (match === undefined) throw new Error('expected a match')
  return match
}

/** A route with this action, which takes everything. */
function forwarding(action: RouteJson['route'], rest: Partial<RouteJson> = {}): RouteJson {
  return { match: { prefix: '/' }, ...rest, ...(action === undefined ? {} : { route: action }) }
}

function faultsOf(configuration: unknown, options: CompileOptions = {}): string {
  try {
    // What arrives may be anything, whatever its type says.
    compileRoutes(configuration as RouteConfigurationJson, options)
  } catch (error) {
    if (!(error instanceof RouteConfigError)) throw error
    return error.faults.map(({ path, message }) => `${path}: ${message}`).join('\n')
  }
  return ''
}

function faultsOfRoute(route: unknown, options: CompileOptions = {}): string {
  return faultsOf({ virtualHosts: [{ name: 'a', domains: ['*'], routes: [route] }] }, options)
}

const anything = { prefix: '/' }

describe('weighted clusters', () => {
  const clusters = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 0 },
    { name: 'c', weight: 3 },
  ]
  function chosen(
    weighted: Partial<WeightedClusterJson>,
    options: MatchOptions = {},
    asked: Partial<PlainRequest> = {},
  ): string | undefined {
    const route = forwarding({ weightedClusters: { clusters, ...weighted } })
    const hashOfKeys = (keys: readonly (readonly string[])[]) =>
      keys.length === 0 ? undefined : ([0, keys.flat().join('').length] as const)
    const withHash = { match: anything, route: { ...route.route, hashPolicy } }
    return tableOf(withHash, {}, { hashOfKeys }).match(get('/', asked), options)?.cluster
  }
  const hashPolicy = [{ header: { headerName: 'user' } }]

  test('an entry without weight takes no draw', () => {
    const draws = Array.from({ length: 8 }, (_, random) => chosen({}, { random }))
    expect(draws).toEqual(['a', 'c', 'c', 'c', 'a', 'c', 'c', 'c'])
  })

  test('runtime keys override weights one by one', () => {
    const runtime = (key: string) => ({ 'w.a': 0, 'w.b': 2 })[key]
    const draws = Array.from({ length: 5 }, (_, random) =>
      chosen({ runtimeKeyPrefix: 'w' }, { random, runtime }),
    )
    expect(draws).toEqual(['b', 'b', 'c', 'c', 'c'])
    expect(chosen({}, { random: 0, runtime })).toBe('a')
  })

  test('runtime keys that are no unsigned integers count as not set', () => {
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const draw = { random: 0, runtime: () => value }
      expect(chosen({ runtimeKeyPrefix: 'w' }, draw)).toBe('a')
    }
  })

  test('there is no route where runtime keys leave no weight, or too much', () => {
    const table = tableOf(forwarding({ weightedClusters: { clusters, runtimeKeyPrefix: 'w' } }))
    for (const weight of [0, 0x8000_0000]) {
      const options = { runtime: () => weight }
      expect(table.match(get('/'), options)).toBeUndefined()
      expect(table.explain(get('/'), options).outcome).toMatch(/no route: .* runtime keys/)
    }
  })

  test('a header replaces the draw only if it is one unsigned 64-bit integer', () => {
    const by = (header: string | string[]) =>
      chosen({ headerName: 'Draw' }, { random: 1 }, { headers: { draw: header } })
    expect(by('0')).toBe('a')
    expect(by('18446744073709551612')).toBe('a')
    // One more than fits: the draw counts.
    expect(by('18446744073709551616')).toBe('c')
    expect(by(['0', '0'])).toBe('c')
    expect(by('-4')).toBe('c')
  })

  test('hash policies replace the draw where they give a key', () => {
    const by = (user: string) =>
      chosen({ useHashPolicy: true }, { random: 0 }, { headers: { user } })
    expect(by('1234')).toBe('a')
    expect(by('12345')).toBe('c')
    expect(chosen({ useHashPolicy: true }, { random: 1 })).toBe('c')
  })

  test('hash policies without a hash function are a fault', () => {
    const action = { hashPolicy, weightedClusters: { clusters, useHashPolicy: true } }
    expect(faultsOfRoute(forwarding(action))).toMatch(/useHashPolicy: expected the option/)
  })

  test('a total that is not the sum is a warning, as the sum counts', () => {
    const warnings = (totalWeight: number) =>
      tableOf(forwarding({ weightedClusters: { clusters, totalWeight } })).warnings
    expect(warnings(4)).toEqual([])
    expect(warnings(5)).toMatchObject([{ message: expect.stringContaining('sum') }])
  })

  test('an entry names a cluster or a header, not both', () => {
    const entry = { name: 'a', clusterHeader: 'b', weight: 1 }
    expect(faultsOfRoute(forwarding({ weightedClusters: { clusters: [entry] } }))).toMatch(
      /clusters\[0\]: expected .* got both/,
    )
  })

  test('of a header that names the cluster the first value counts', () => {
    const route = forwarding({ clusterHeader: 'C' })
    expect(matchOf(route, get('/', { headers: { c: ['x', 'y'] } })).cluster).toBe('x')
  })
})

describe('hash policies', () => {
  function keysOf(policies: NonNullable<RouteJson['route']>['hashPolicy'], asked = get('/')) {
    const { action } = matchOf(
      forwarding({ cluster: 'a', ...(policies && { hashPolicy: policies }) }),
    )
    if (action.kind !== 'cluster') throw new Error('expected a cluster')
    return hashKeys(action.hashPolicies, asked)
  }

  test('a terminal policy ends where there is a key, be it of a policy before', () => {
    const policies = [
      { header: { headerName: 'a' } },
      { header: { headerName: 'b' }, terminal: true },
      { header: { headerName: 'c' } },
    ]
    expect(keysOf(policies, get('/', { headers: { a: '1', c: '3' } }))).toEqual([['1']])
    expect(keysOf(policies, get('/', { headers: { c: '3' } }))).toEqual([['3']])
  })

  test('an empty query parameter is a key, an empty cookie is none', () => {
    const policies = [{ queryParameter: { name: 'q' } }, { cookie: { name: 'q' } }]
    expect(keysOf(policies, get('/?q=', { headers: { cookie: 'q=' } }))).toEqual([['']])
  })

  test('the connection and the filter state of the request are asked', () => {
    const policies = [
      { connectionProperties: { sourceIp: true } },
      { filterState: { key: 'k' } },
      { connectionProperties: { sourceIp: false }, terminal: true },
      { filterState: { key: 'l' } },
    ]
    const asked = get('/', {
      connection: { sourceAddress: '10.0.0.1' },
      filterState: { k: 'v', l: 'w' },
    })
    expect(keysOf(policies, asked)).toEqual([['10.0.0.1'], ['v'], ['w']])
  })
})

describe('rewrites', () => {
  const matchType =
    'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'
  const rewriteType =
    'type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig'
  function templated(pathTemplate: string, pathTemplateRewrite: string): RouteJson {
    return {
      match: { pathMatchPolicy: { typedConfig: { '@type': matchType, pathTemplate } } },
      route: {
        cluster: 'a',
        pathRewritePolicy: { typedConfig: { '@type': rewriteType, pathTemplateRewrite } },
      },
    }
  }
  const upstream = (route: RouteJson, asked = get('/a/b?c=d')) =>
    matchOf(route, asked).applyToRequest(asked, { format: (it) => it.replace('%X%', 'x') })

  test('a URI template is rewritten by its variables', () => {
    const route = templated('/{lang}/media/{rest=**}', '/{rest}/in/{lang}')
    expect(upstream(route, get('/en/media/a/b.mp4?q'))).toMatchObject({
      path: '/a/b.mp4/in/en?q',
      originalPath: '/en/media/a/b.mp4?q',
    })
    expect(tableOf(route).answer(0, 0)).toMatchObject({
      pathRewrite: {
        kind: 'uri-template',
        template: '/{lang}/media/{rest=**}',
        rewrite: '/{rest}/in/{lang}',
      },
    })
  })

  test.each([
    ['/{b}', /pathTemplateRewrite: expected a, got "b"/],
    ['{a}', /pathTemplateRewrite: expected a path/],
    ['/x//{a}', /pathTemplateRewrite: expected a path/],
    ['/{a', /pathTemplateRewrite: expected a path/],
    ['', /pathTemplateRewrite: expected a path/],
  ])('the rewrite template %j is refused', (rewrite, expected) => {
    expect(faultsOfRoute(templated('/{a}', rewrite))).toMatch(expected)
  })

  test('rewrites exclude each other, and templates go with templates', () => {
    const policy = templated('/{a}', '/{a}').route ?? {}
    expect(faultsOfRoute({ match: anything, route: policy })).toMatch(
      /pathRewritePolicy: expected a match by pathMatchPolicy/,
    )
    expect(
      faultsOfRoute({ ...templated('/{a}', '/{a}'), route: { cluster: 'a', prefixRewrite: '/' } }),
    ).toMatch(/prefixRewrite: expected another rewrite/)
    expect(
      faultsOfRoute(forwarding({ cluster: 'a', prefixRewrite: '/', pathRewrite: 'x' })),
    ).toMatch(/got prefixRewrite and pathRewrite/)
  })

  test('templates of paths and hosts are filled in by the caller', () => {
    const route = forwarding({ cluster: 'a', pathRewrite: '/%X%', hostRewrite: '%X%.org' })
    expect(upstream(route)).toMatchObject({ path: '/x?c=d', authority: 'x.org' })
    const asked = get('/')
    expect(matchOf(route, asked).applyToRequest(asked).authority).toBe('%X%.org')
  })

  test('what would come out empty changes nothing', () => {
    const empty = { pattern: { regex: '.*' }, substitution: '' }
    const route = forwarding({ cluster: 'a', regexRewrite: empty, hostRewritePathRegex: empty })
    expect(upstream(route)).toMatchObject({
      path: '/a/b?c=d',
      authority: 'shop',
      originalPath: undefined,
      originalAuthority: undefined,
    })
  })

  test('a header that holds the new host is read after the mutations of the route', () => {
    const route = (appendAction: string) =>
      forwarding(
        { cluster: 'a', hostRewriteHeader: 'X-Host' },
        { requestHeadersToAdd: [{ header: { key: 'x-host', value: '%X%' }, appendAction }] },
      )
    const sent = get('/', { headers: { 'x-host': ['one', 'two'] } })
    expect(upstream(route('APPEND_IF_EXISTS_OR_ADD'), sent).authority).toBe('one')
    expect(upstream(route('OVERWRITE_IF_EXISTS_OR_ADD'), sent).authority).toBe('x')
    expect(upstream(route('ADD_IF_ABSENT'), get('/')).authority).toBe('x')
  })

  test('the host of a weighted cluster leaves no trace; a rewrite of the route after it does', () => {
    const weighted = (more: NonNullable<RouteJson['route']>) =>
      forwarding({
        weightedClusters: { clusters: [{ name: 'a', weight: 1, hostRewriteLiteral: 'w' }] },
        appendXForwardedHost: true,
        ...more,
      })
    expect(upstream(weighted({}))).toMatchObject({
      authority: 'w',
      originalAuthority: undefined,
      forwardedHost: undefined,
    })
    expect(upstream(weighted({ hostRewriteLiteral: 'r' }))).toMatchObject({
      authority: 'r',
      originalAuthority: 'w',
      forwardedHost: 'w',
    })
    expect(upstream(weighted({ autoHostRewrite: true }))).toMatchObject({
      authority: 'w',
      originalAuthority: 'w',
      forwardedHost: 'w',
    })
  })
})

describe('direct responses', () => {
  const answer = (directResponse: RouteJson['directResponse'], options: CompileOptions = {}) =>
    tableOf({ match: anything, ...(directResponse && { directResponse }) }, {}, options).match(
      get('/'),
    )?.action

  test('bodies elsewhere are read by the caller', () => {
    const readDataSource: CompileOptions['readDataSource'] = (source) =>
      source.kind === 'file' ? `file ${source.path}` : `variable ${source.name}`
    expect(answer({ status: 200, body: { filename: '/f' } }, { readDataSource })).toMatchObject({
      body: 'file /f',
    })
    const fromVariable = { status: 200, body: { environmentVariable: 'V' } }
    expect(answer(fromVariable, { readDataSource })).toMatchObject({ body: 'variable V' })
    const route = { match: anything, directResponse: fromVariable }
    expect(faultsOfRoute(route)).toMatch(/environmentVariable: expected the option/)
    expect(faultsOfRoute(route, { readDataSource: () => undefined })).toMatch(/got nothing/)
  })

  test('a body that is read is bounded as well', () => {
    const route = { match: anything, directResponse: { status: 200, body: { filename: 'f' } } }
    const readDataSource = () => 'é'.repeat(2049)
    expect(faultsOfRoute(route, { readDataSource })).toMatch(/at most 4096 bytes, got 4098/)
  })

  test('a body format is handed on, with its defaults', () => {
    expect(answer({ status: 200, bodyFormat: { textFormat: '%X%' } })).toMatchObject({
      bodyFormat: { template: '%X%', omitEmptyValues: false, contentType: 'text/plain' },
    })
    const jsonFormat = { b: '%X%', a: 1 }
    const sorted = { jsonFormat, jsonFormatOptions: { sortProperties: true } }
    const { bodyFormat } = answer({ status: 200, bodyFormat: sorted }) as { bodyFormat?: object }
    expect(JSON.stringify(bodyFormat)).toBe(
      '{"template":{"a":1,"b":"%X%"},"omitEmptyValues":false,"contentType":"application/json"}',
    )
    const none = { match: anything, directResponse: { status: 200, bodyFormat: {} } }
    expect(faultsOfRoute(none)).toMatch(/bodyFormat: expected one of textFormat/)
  })
})
