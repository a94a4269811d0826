import { describe, expect, test } from 'vitest'
import { compileRoutes, type RouteJson, type RouteMatchJson, request } from '../src/index.ts'
import { actionOf, get, tableOf } from './ask-route.ts'

describe('redirects and direct responses', () => {
  type Redirect = NonNullable<RouteJson['redirect']>
  const http = { authority: 'shop.org:80', scheme: 'http' }
  test.each<[Redirect, string]>([
    [{}, 'http://shop.org:80/a/b?c=d'],
    [{ httpsRedirect: true }, 'https://shop.org/a/b?c=d'],
    [{ schemeRedirect: 'ftp' }, 'ftp://shop.org/a/b?c=d'],
    [{ hostRedirect: 'new.org' }, 'http://new.org/a/b?c=d'],
    [{ portRedirect: 8080 }, 'http://shop.org:8080/a/b?c=d'],
    [{ pathRedirect: '/n' }, 'http://shop.org:80/n?c=d'],
    [{ pathRedirect: '/n', stripQuery: true }, 'http://shop.org:80/n'],
    [{ pathRedirect: '/n?q=1', stripQuery: true }, 'http://shop.org:80/n?q=1'],
    [{ prefixRewrite: '/n' }, 'http://shop.org:80/n/b?c=d'],
    [
      { regexRewrite: { pattern: { regex: '^/a/(.*)$' }, substitution: '/\\1/a' } },
      'http://shop.org:80/b/a?c=d',
    ],
    [{ stripQuery: true }, 'http://shop.org:80/a/b'],
    [{ pathRedirect: 'n' }, 'http://shop.org:80/n?c=d'],
  ])('%j leads to %s', (redirect, location) => {
    expect(actionOf({ match: { prefix: '/a' }, redirect }, '/a/b?c=d', http)).toEqual({
      kind: 'redirect',
      status: 301,
      location,
    })
  })

  test.each([
    ['MOVED_PERMANENTLY', 301],
    ['FOUND', 302],
    ['SEE_OTHER', 303],
    ['TEMPORARY_REDIRECT', 307],
    ['PERMANENT_REDIRECT', 308],
    [4, 308],
  ])('%s is %i', (responseCode, status) => {
    expect(actionOf({ match: { prefix: '/' }, redirect: { responseCode } })).toMatchObject({
      status,
    })
  })

  test('a port that was not the default of the old scheme stays', () => {
    const redirect = { httpsRedirect: true }
    expect(
      actionOf({ match: { prefix: '/' }, redirect }, '/', { authority: 'shop:8080' }),
    ).toMatchObject({ location: 'https://shop:8080/' })
    expect(
      actionOf({ match: { prefix: '/' }, redirect }, '/', { authority: '[::1]:80' }),
    ).toMatchObject({ location: 'https://[::1]/' })
    expect(
      actionOf({ match: { prefix: '/' }, redirect }, '/', { authority: '[::1]' }),
    ).toMatchObject({ location: 'https://[::1]/' })
  })

  test('a request without a path is redirected to no place', () => {
    const connect = request({ authority: 'shop:443', path: '', method: 'CONNECT' })
    const table = tableOf([{ match: { connectMatcher: {} }, redirect: { hostRedirect: 'other' } }])
    expect(table.match(connect)?.action).toEqual({ kind: 'redirect', status: 301, location: '' })
  })

  test('a virtual host that requires TLS redirects what came without', () => {
    const table = (requireTls: string) =>
      compileRoutes({
        virtualHosts: [
          {
            name: 'a',
            domains: ['*'],
            requireTls,
            routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }],
          },
        ],
      })
    expect(table('ALL').match(get('/x'))?.action).toEqual({
      kind: 'redirect',
      status: 301,
      location: 'https://shop/x',
    })
    expect(table('ALL').match(get('/x', { scheme: 'https' }))?.cluster).toBe('a')
    expect(
      table('ALL').match(get('/x', { headers: { 'x-forwarded-proto': 'https' } }))?.cluster,
    ).toBe('a')
    expect(
      table('EXTERNAL_ONLY').match(get('/x', { headers: { 'x-envoy-internal': 'true' } }))?.cluster,
    ).toBe('a')
    expect(table('EXTERNAL_ONLY').match(get('/x'))?.route.index).toBe(-1)
  })

  test('a direct response has its status and body', () => {
    const match = { prefix: '/' }
    expect(
      actionOf({ match, directResponse: { status: 503, body: { inlineString: 'no' } } }),
    ).toEqual({ kind: 'direct-response', status: 503, body: 'no' })
    expect(
      actionOf({ match, directResponse: { status: 200, body: { inlineBytes: 'AP9oaQ==' } } }),
    ).toEqual({
      kind: 'direct-response',
      status: 200,
      body: new Uint8Array([0, 255, 104, 105]),
    })
    expect(actionOf({ match, directResponse: { status: 404 } })).toEqual({
      kind: 'direct-response',
      status: 404,
      body: undefined,
    })
  })
})

describe('rewrites', () => {
  type Rewrite = NonNullable<RouteJson['route']>
  test.each<[RouteMatchJson, Rewrite, string, string]>([
    [{ prefix: '/a' }, { prefixRewrite: '/x' }, '/a/b?c', '/x/b?c'],
    [{ prefix: '/a/' }, { prefixRewrite: '/' }, '/a/b', '/b'],
    [{ prefix: '/A', caseSensitive: false }, { prefixRewrite: '/x' }, '/a/b', '/x/b'],
    [{ path: '/a' }, { prefixRewrite: '/x' }, '/a?q', '/x?q'],
    [{ safeRegex: { regex: '/a.*' } }, { prefixRewrite: '/x' }, '/a/b?q', '/x?q'],
    [{ pathSeparatedPrefix: '/a' }, { prefixRewrite: '/x' }, '/a/b', '/x/b'],
    [
      { prefix: '/' },
      {
        regexRewrite: {
          pattern: { regex: '^/service/([^/]+)(/.*)$' },
          substitution: '\\2/instance/\\1',
        },
      },
      '/service/foo/v1/api?q',
      '/v1/api/instance/foo?q',
    ],
    [
      { prefix: '/' },
      { regexRewrite: { pattern: { regex: 'one' }, substitution: 'two' } },
      '/xxx/one/yyy/one/zzz',
      '/xxx/two/yyy/two/zzz',
    ],
    [
      { prefix: '/' },
      { regexRewrite: { pattern: { regex: '^(.*?)one(.*)$' }, substitution: '\\1two\\2' } },
      '/xxx/one/yyy/one/zzz',
      '/xxx/two/yyy/one/zzz',
    ],
    [
      { prefix: '/' },
      { regexRewrite: { pattern: { regex: '(?i)/xxx/' }, substitution: '/yyy/' } },
      '/aaa/XxX/bbb',
      '/aaa/yyy/bbb',
    ],
    [{ prefix: '/' }, {}, '/a', '/a'],
  ])('%j with %j turns %s into %s', (match, rewrite, path, expected) => {
    const found = tableOf([{ match, route: { cluster: 'a', ...rewrite } }]).match(get(path))
    const upstream = found?.applyToRequest(get(path))
    expect(upstream?.path).toBe(expected)
    expect(upstream?.originalPath).toBe(expected === path ? undefined : path)
  })

  test.each<[Rewrite, string, string | undefined]>([
    [{ hostRewriteLiteral: 'new' }, 'new', undefined],
    [{ hostRewriteHeader: 'X-Host' }, 'from-header', undefined],
    [{ hostRewriteHeader: 'x-missing' }, 'shop', undefined],
    [
      { hostRewritePathRegex: { pattern: { regex: '^/(.+)/.+$' }, substitution: '\\1' } },
      'a',
      undefined,
    ],
    [{ hostRewriteLiteral: 'new', appendXForwardedHost: true }, 'new', 'shop'],
    [{ autoHostRewrite: true, appendXForwardedHost: true }, 'shop', 'shop'],
    [{ appendXForwardedHost: true }, 'shop', undefined],
  ])('%j makes the authority %s', (rewrite, authority, forwardedHost) => {
    const asked = get('/a/b?q', { headers: { 'x-host': 'from-header' } })
    const upstream = tableOf([{ match: { prefix: '/' }, route: { cluster: 'a', ...rewrite } }])
      .match(asked)
      ?.applyToRequest(asked)
    expect(upstream).toMatchObject({ authority, forwardedHost })
  })

  test.each<[Rewrite, boolean]>([
    [{}, false],
    [{ appendXForwardedHost: true }, false],
    [{ timeout: '1s' }, false],
    [{ hostRewriteHeader: 'x-host' }, true],
    [{ autoHostRewrite: true }, true],
    [{ prefixRewrite: '/b' }, true],
  ])('whether %j may rewrite anything is %s', (rewrite, expected) => {
    const found = tableOf([{ match: { prefix: '/' }, route: { cluster: 'a', ...rewrite } }])
    expect(found.match(get('/a'))?.rewrites).toBe(expected)
  })

  test('the literal host of a weighted cluster counts where the route sets none', () => {
    const weightedClusters = {
      clusters: [{ name: 'a', weight: 1, hostRewriteLiteral: 'weighted' }],
    }
    const authority = (route: Rewrite) =>
      tableOf([{ match: { prefix: '/' }, route: { weightedClusters, ...route } }])
        .match(get('/'))
        ?.applyToRequest(get('/')).authority
    expect(authority({})).toBe('weighted')
    expect(authority({ hostRewriteLiteral: 'route' })).toBe('route')
  })
})
