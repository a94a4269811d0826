import { describe, expect, test } from 'vitest'
import {
  applyHeaderMutationList,
  type CompileOptions,
  compileRoutes,
  filterSettings,
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

describe('what only an extension can decide', () => {
  test.each([
    { clusterSpecifierPlugin: 'p' },
    { inlineClusterSpecifierPlugin: { extension: { name: 'p' } } },
    { inlineClusterSpecifierPlugin: { extension: { name: 'p' }, isOptional: true } },
  ])('%j is refused', (action) => {
    const [name] = Object.keys(action)
    expect(faultsOfRoute({ match: anything, route: action })).toContain(`${name}: not supported`)
  })

  test('plugins of the configuration are refused', () => {
    expect(faultsOf({ clusterSpecifierPlugins: [{ extension: { name: 'p' } }] })).toContain(
      'clusterSpecifierPlugins: not supported',
    )
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

  test.each(['', 'a b', '/\r\nx', '/\0', '/\x7f'])(
    'a template that comes to %j changes nothing',
    (text) => {
      const route = forwarding({ cluster: 'a', pathRewrite: '%X%', hostRewrite: '%X%' })
      const asked = get('/a?b')
      expect(matchOf(route, asked).applyToRequest(asked, { format: () => text })).toMatchObject({
        path: '/a?b',
        authority: 'shop',
        originalPath: undefined,
      })
    },
  )

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

describe('header mutations', () => {
  test('a value in bytes does nothing, as in Envoy, and is warned of', () => {
    const table = tableOf(
      forwarding(
        { cluster: 'a' },
        {
          requestHeadersToAdd: [
            { header: { key: 'x', rawValue: 'YWJj' } },
            { header: { key: 'y', value: 'v', rawValue: 'YWJj' } },
          ],
        },
      ),
    )
    expect(table.match(get('/'))?.action).toMatchObject({
      requestHeaders: [{ add: [{ value: '' }, { value: 'v' }] }],
    })
    expect(table.warnings.map(({ path }) => path)).toEqual([
      'virtualHosts[0].routes[0].requestHeadersToAdd[0].header.rawValue',
      'virtualHosts[0].routes[0].requestHeadersToAdd[1].header.rawValue',
    ])
  })

  test('the mutations of a mirror see what the ones before did', () => {
    const header = (key: string, value: string) => ({ header: { key, value } })
    const requestHeadersMutations = [
      { remove: 'A' },
      { append: { ...header('a', '%X%'), appendAction: 'ADD_IF_ABSENT' } },
      { append: header('x-gone', '1') },
      { removeOnMatch: { keyMatcher: { prefix: 'x-' } } },
      { append: header('x-new', '2') },
    ]
    const { action } = matchOf(
      forwarding({
        cluster: 'a',
        requestMirrorPolicies: [{ cluster: 'm', requestHeadersMutations }],
      }),
    )
    if (action.kind !== 'cluster') throw new Error('expected a cluster')
    const values = new Map([
      ['a', 'old'],
      ['b', 'kept'],
      ['x-old', '0'],
    ])
    applyHeaderMutationList(
      action.mirrors[0]?.requestHeadersMutations ?? [],
      {
        has: (name) => values.has(name),
        set: (name, value) => void values.set(name, value),
        append: (name, value) =>
          void values.set(name, [values.get(name), value].flatMap((it) => it ?? []).join()),
        remove: (name) => void values.delete(name),
        names: () => values.keys(),
      },
      (template) => template.replace('%X%', 'x'),
    )
    expect(Object.fromEntries(values)).toEqual({ a: 'x', b: 'kept', 'x-new': '2' })
  })

  test.each([
    [{}, /expected one of remove, append, removeOnMatch, got none/],
    [{ remove: 'a', append: { header: { key: 'b', value: 'c' } } }, /got remove and append/],
    [{ remove: ':path' }, /remove: expected neither a pseudo-header nor host/],
    [{ removeOnMatch: { keyMatcher: {} } }, /keyMatcher: expected exact, prefix/],
  ])('the mutation %j is refused', (mutation, expected) => {
    const mirror = { cluster: 'm', requestHeadersMutations: [mutation] }
    expect(
      faultsOfRoute(forwarding({ cluster: 'a', requestMirrorPolicies: [mirror as object] })),
    ).toMatch(expected)
  })
})

describe('internal redirects, upgrades and timeouts', () => {
  const actionOf = (action: NonNullable<RouteJson['route']>) =>
    matchOf(forwarding({ cluster: 'a', ...action })).action

  test('an internal redirect policy has its defaults', () => {
    expect(actionOf({ internalRedirectPolicy: {} })).toMatchObject({
      internalRedirectPolicy: {
        maxInternalRedirects: 1,
        responseCodes: [302],
        predicates: [],
        allowCrossSchemeRedirect: false,
        responseHeadersToCopy: [],
      },
    })
    expect(
      actionOf({
        internalRedirectPolicy: {
          maxInternalRedirects: 3,
          redirectResponseCodes: [307, 301, 200, 301],
          responseHeadersToCopy: ['X-B', 'x-a'],
        },
      }),
    ).toMatchObject({
      internalRedirectPolicy: {
        maxInternalRedirects: 3,
        responseCodes: [301, 307],
        responseHeadersToCopy: ['x-a', 'x-b'],
      },
    })
  })

  test('the older fields stand for a policy, and give way to one', () => {
    const older = { internalRedirectAction: 'HANDLE_INTERNAL_REDIRECT', maxInternalRedirects: 2 }
    expect(actionOf(older)).toMatchObject({
      internalRedirectPolicy: { maxInternalRedirects: 2, responseCodes: [302] },
    })
    expect(actionOf({ ...older, internalRedirectPolicy: {} })).toMatchObject({
      internalRedirectPolicy: { maxInternalRedirects: 1 },
    })
    expect(actionOf({ internalRedirectAction: 0 })).toMatchObject({
      internalRedirectPolicy: undefined,
    })
  })

  test('headers to copy are no pseudo-headers', () => {
    const route = { cluster: 'a', internalRedirectPolicy: { responseHeadersToCopy: ['Host'] } }
    expect(faultsOfRoute(forwarding(route))).toMatch(/responseHeadersToCopy\[0\]: expected neither/)
  })

  test('an upgrade is given once, and only CONNECT has a configuration', () => {
    const upgrades = (...upgradeConfigs: object[]) =>
      faultsOfRoute(forwarding({ cluster: 'a', upgradeConfigs }))
    expect(upgrades({ upgradeType: 'websocket' }, { upgradeType: 'WebSocket' })).toMatch(
      /upgradeConfigs\[1\]\.upgradeType: .* again/,
    )
    expect(upgrades({ upgradeType: 'websocket', connectConfig: {} })).toMatch(/connectConfig: /)
    expect(upgrades({ upgradeType: 'CONNECT', connectConfig: {} })).toBe('')
  })

  test('a flush timeout, an early data policy and retry extensions are handed on', () => {
    const extension = { name: 'e', typedConfig: { '@type': 'type.googleapis.com/e.E' } }
    expect(
      actionOf({
        flushTimeout: '0.25s',
        earlyDataPolicy: extension,
        retryPolicy: {
          retryPriority: extension,
          retryHostPredicate: [extension],
          retryOptionsPredicates: [extension],
          retryBackOff: { baseInterval: '0.0001s', maxInterval: '0.0005s' },
          rateLimitedRetryBackOff: { resetHeaders: [{ name: 'a' }], maxInterval: '0.0001s' },
        },
      }),
    ).toMatchObject({
      flushTimeoutMs: 250,
      earlyDataPolicy: extension,
      retryPolicy: {
        retryPriority: extension,
        hostPredicates: ['e'],
        hostPredicateConfigs: [extension],
        optionsPredicates: [extension],
        backOff: { baseMs: 1, maxMs: 1 },
        rateLimitedBackOff: { maxMs: 1 },
      },
    })
  })
})

describe('filter configurations', () => {
  const wrapper = 'type.googleapis.com/envoy.config.route.v3.FilterConfig'

  test('the most specific level that names a filter says whether it is on', () => {
    const off = { '@type': wrapper, disabled: true, config: { a: 0 } }
    const on = { '@type': wrapper, config: { b: 1 } }
    expect(filterSettings([off, { c: 2 }])).toEqual({ disabled: true, configs: [{ c: 2 }] })
    expect(filterSettings([on, off])).toEqual({ disabled: false, configs: [{ b: 1 }] })
    const empty = { '@type': wrapper, config: {} }
    expect(filterSettings([empty, off])).toEqual({ disabled: false, configs: [] })
    expect(filterSettings(undefined)).toBeUndefined()
  })
})

describe('CORS', () => {
  const filter = 'envoy.filters.http.cors'
  const typed = (policy: object) => ({
    typedPerFilterConfig: {
      [filter]: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy',
        ...policy,
      },
    },
  })
  function corsOf(route: Partial<RouteJson>, virtualHost: object = {}) {
    const routes = [{ match: anything, route: { cluster: 'a' }, ...route }]
    const hosts = [{ name: 'a', domains: ['*'], ...virtualHost, routes }]
    return compileRoutes({ virtualHosts: hosts }).match(get('/'))?.cors
  }

  test('each field is that of the first level that says something', () => {
    const policy = corsOf(
      typed({ allowMethods: 'GET', allowCredentials: false }),
      typed({
        allowMethods: 'PUT',
        allowHeaders: 'x',
        allowCredentials: true,
        allowOriginStringMatch: [{ exact: 'https://a' }],
      }),
    )
    expect(policy).toMatchObject({
      allowMethods: 'GET',
      allowHeaders: 'x',
      exposeHeaders: '',
      maxAge: '',
      allowCredentials: false,
      allowPrivateNetworkAccess: false,
      forwardNotMatchingPreflights: true,
      enabled: { numerator: 100, denominator: 100, runtimeKey: undefined },
      shadowEnabled: { numerator: 0, denominator: 100, runtimeKey: undefined },
    })
    expect(policy?.allowsOrigin('https://a')).toBe(true)
    expect(policy?.allowsOrigin('https://b')).toBe(false)
  })

  test('whether it is in force is for the most specific level to say', () => {
    const filterEnabled = { defaultValue: { numerator: 7 }, runtimeKey: 'k' }
    expect(corsOf(typed({}), typed({ filterEnabled }))?.enabled.numerator).toBe(100)
    expect(corsOf(typed({ filterEnabled }))?.enabled).toEqual({
      numerator: 7,
      denominator: 100,
      runtimeKey: 'k',
    })
  })

  test('a matcher that fits the star allows every origin', () => {
    const policy = corsOf(typed({ allowOriginStringMatch: [{ exact: '*' }] }))
    expect(policy?.allowsOrigin('https://whatever')).toBe(true)
  })

  test('the older fields count only where no level has the newer', () => {
    const older = { match: anything, route: { cluster: 'a', cors: { allowMethods: 'GET' } } }
    expect(corsOf(older, { cors: { allowMethods: 'PUT', maxAge: '1' } })).toMatchObject({
      allowMethods: 'GET',
      maxAge: '1',
    })
    expect(corsOf(older, typed({ maxAge: '2' }))).toMatchObject({ allowMethods: '', maxAge: '2' })
  })

  test('there is none where nobody gives one, the filter is off or the proxy answers', () => {
    const off = {
      '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig',
      disabled: true,
    }
    expect(corsOf({})).toBeUndefined()
    expect(corsOf({ typedPerFilterConfig: { [filter]: off } }, typed({}))).toBeUndefined()
    const local = { match: anything, directResponse: { status: 200 }, ...typed({}) }
    expect(matchOf(local).cors).toBeUndefined()
  })

  test('an unknown field is a fault', () => {
    const route = { match: anything, route: { cluster: 'a' }, ...typed({ allowMethod: 'GET' }) }
    expect(faultsOfRoute(route)).toMatch(/allowMethod: unknown field/)
  })
})

test('a fault of the virtual host is noted once, however many routes it has', () => {
  const routes = Array.from({ length: 5 }, () => forwarding({ cluster: 'a' }))
  const virtualHost = {
    name: 'a',
    domains: ['*'],
    routes,
    cors: { allowOriginStringMatch: [{ safeRegex: { regex: '(' } }] },
    retryPolicy: { retryBackOff: { maxInterval: '1s' } },
    rateLimits: [{ stage: 11, actions: [{ remoteAddress: {} }] }],
    requestMirrorPolicies: [{}],
  }
  const faults = faultsOf({ virtualHosts: [virtualHost] }).split('\n')
  expect(faults).toHaveLength(4)
  expect(new Set(faults).size).toBe(4)
})
