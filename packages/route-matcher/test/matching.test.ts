import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type PlainRequest,
  type RouteConfigurationJson,
  type RouteMatchJson,
  request,
} from '../src/index.ts'
import { get, matches, tableOf } from './ask-route.ts'

describe('virtual hosts', () => {
  const domains = ['shop.org', '*.shop.org', '*.a.shop.org', 'shop.*', 'shop.or*', '*']
  const table = (rest: Partial<RouteConfigurationJson>) =>
    compileRoutes({
      ...rest,
      virtualHosts: domains.map((domain) => ({
        name: domain,
        domains: [domain],
        routes: [{ match: { prefix: '/' }, route: { cluster: domain } }],
      })),
    })

  test.each([
    ['shop.org', 'shop.org'],
    ['SHOP.Org', 'shop.org'],
    ['x.shop.org', '*.shop.org'],
    ['x.a.shop.org', '*.a.shop.org'],
    ['.shop.org', '*'],
    ['shop.com', 'shop.*'],
    ['shop.orx', 'shop.or*'],
    ['shop.', '*'],
    ['other', '*'],
    ['shop.org:80', 'shop.or*'],
    ['x.shop.org:80', '*'],
  ])('%s belongs to %s', (authority, domain) => {
    expect(table({}).match(request({ authority, path: '/' }))?.cluster).toBe(domain)
  })

  test.each([
    ['shop.org:80', 'shop.org'],
    ['x.shop.org:1', '*.shop.org'],
    ['[::1]', '*'],
  ])('%s belongs to %s if ports are ignored', (authority, domain) => {
    const found = table({ ignorePortInHostMatching: true }).match(request({ authority, path: '/' }))
    expect(found?.virtualHost.name).toBe(domain)
  })

  test('an IPv6 address keeps its last group when ports are ignored', () => {
    const v6 = compileRoutes({
      ignorePortInHostMatching: true,
      virtualHosts: [
        {
          name: 'v6',
          domains: ['[fd00::1]'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'v6' } }],
        },
      ],
    })
    expect(v6.match(request({ authority: '[fd00::1]', path: '/' }))?.cluster).toBe('v6')
    expect(v6.match(request({ authority: '[fd00::1]:80', path: '/' }))?.cluster).toBe('v6')
  })

  test('no domain, no route', () => {
    const one = compileRoutes({
      virtualHosts: [
        {
          name: 'a',
          domains: ['a'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }],
        },
      ],
    })
    expect(one.match(request({ authority: 'b', path: '/' }))).toBeUndefined()
    expect(one.match(request({ authority: '', path: '/' }))).toBeUndefined()
  })
})

describe('paths', () => {
  test.each<[RouteMatchJson, string, boolean]>([
    [{ prefix: '/api' }, '/api', true],
    [{ prefix: '/api' }, '/apis?x', true],
    [{ prefix: '/api' }, '/API', false],
    [{ prefix: '/api', caseSensitive: false }, '/API', true],
    [{ prefix: '/api' }, '/?/api', false],
    [{ path: '/api' }, '/api?x=1', true],
    [{ path: '/api' }, '/api#f', true],
    [{ path: '/api' }, '/api/', false],
    [{ path: '/Api', caseSensitive: false }, '/aPI', true],
    [{ pathSeparatedPrefix: '/api' }, '/api', true],
    [{ pathSeparatedPrefix: '/api' }, '/api/x', true],
    [{ pathSeparatedPrefix: '/api' }, '/api?x', true],
    [{ pathSeparatedPrefix: '/api' }, '/apis', false],
    [{ safeRegex: { regex: '/a+' } }, '/aaa?b', true],
    [{ safeRegex: { regex: '/a+' } }, '/aaab', false],
    [{ safeRegex: { regex: '/a+' } }, '/x/aaa', false],
    [{ safeRegex: { regex: '(?i)/A+' } }, '/aaa', true],
    [{ safeRegex: { regex: 'a|/ab' } }, '/ab', true],
  ])('%j and %s: %s', (match, path, expected) => {
    expect(matches(match, { authority: 'shop', path })).toBe(expected)
  })

  test('CONNECT without a path takes only a connect matcher', () => {
    const connect: PlainRequest = { authority: 'shop:443', path: '', method: 'CONNECT' }
    expect(matches({ prefix: '' }, connect)).toBe(false)
    expect(matches({ connectMatcher: {} }, connect)).toBe(true)
    expect(matches({ connectMatcher: {} }, { ...connect, method: 'GET' })).toBe(false)
  })

  test('path parameters can be ignored', () => {
    const table = tableOf([{ match: { path: '/a/b' }, route: { cluster: 'hit' } }], {
      ignorePathParametersInPathMatching: true,
    })
    expect(table.match(get('/a;v=1;w/b;?x'))?.cluster).toBe('hit')
    expect(table.match(get('/a;v=1/b/c'))).toBeUndefined()
  })

  test('a hostile pattern and text take linear time', () => {
    expect(
      matches(
        { safeRegex: { regex: '(a+)+$' } },
        { authority: 'shop', path: `${'a'.repeat(65_536)}!` },
      ),
    ).toBe(false)
  })
})

describe('headers', () => {
  type Matcher = NonNullable<RouteMatchJson['headers']>[number]
  const small: Matcher = { name: 'x-user', rangeMatch: { start: -9, end: 9 } }
  test.each<[Matcher, string | string[] | undefined, boolean]>([
    [{ name: 'X-User', stringMatch: { exact: 'jason' } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { exact: 'jason' } }, 'Jason', false],
    [{ name: 'x-user', stringMatch: { exact: 'jason', ignoreCase: true } }, 'JASON', true],
    [{ name: 'x-user', stringMatch: { prefix: 'ja' } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { suffix: 'ON', ignoreCase: true } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { contains: 'as' } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { safeRegex: { regex: 'j.s.n' } } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { safeRegex: { regex: 'j.s' } } }, 'jason', false],
    // Of a repeated header each value is looked at, as Envoy 1.40 was seen to do.
    [{ name: 'x-user', stringMatch: { exact: 'b' } }, ['a', 'b'], true],
    [{ name: 'x-user', stringMatch: { exact: 'a,b' } }, ['a', 'b'], false],
    [{ name: 'x-user', stringMatch: { exact: 'a,b' } }, 'a,b', true],
    [{ name: 'x-user', stringMatch: { exact: 'b' }, invertMatch: true }, ['a', 'b'], false],
    [{ name: 'x-user', stringMatch: { contains: ',' }, invertMatch: true }, ['a', 'b'], true],
    [{ name: 'x-user', rangeMatch: { start: '5', end: '6' } }, ['1', '5'], true],
    [{ name: 'x-user', stringMatch: { exact: 'jason' } }, undefined, false],
    // Inverted, a missing header still fails, unless it is taken as empty.
    [{ name: 'x-user', stringMatch: { exact: 'jason' }, invertMatch: true }, undefined, false],
    [
      {
        name: 'x-user',
        stringMatch: { exact: 'jason' },
        invertMatch: true,
        treatMissingHeaderAsEmpty: true,
      },
      undefined,
      true,
    ],
    [{ name: 'x-user', stringMatch: { exact: 'jason' }, invertMatch: true }, 'x', true],
    [
      { name: 'x-user', stringMatch: { exact: '' }, treatMissingHeaderAsEmpty: true },
      undefined,
      true,
    ],
    [{ name: 'x-user' }, 'x', true],
    [{ name: 'x-user' }, undefined, false],
    [{ name: 'x-user', presentMatch: true }, '', true],
    [{ name: 'x-user', presentMatch: true, invertMatch: true }, undefined, true],
    [{ name: 'x-user', presentMatch: true, invertMatch: true }, 'x', false],
    [{ name: 'x-user', presentMatch: false }, undefined, true],
    [{ name: 'x-user', presentMatch: false }, 'x', false],
    [{ name: 'x-user', presentMatch: true, treatMissingHeaderAsEmpty: true }, undefined, true],
    [{ name: 'x-user', rangeMatch: { start: '-10', end: '0' } }, '-1', true],
    [{ name: 'x-user', rangeMatch: { start: '-10', end: '0' } }, '0', false],
    [{ name: 'x-user', rangeMatch: { start: -10, end: 0 } }, '-1somestring', false],
    [
      { name: 'x-user', rangeMatch: { start: '9007199254740993', end: '9007199254740994' } },
      '9007199254740993',
      true,
    ],
    ...['5', '+5', '005', '\t 5\v', `${'0'.repeat(30)}5`, '-0', '-4'].map(
      (text): [Matcher, string, boolean] => [small, text, true],
    ),
    ...['', '+', '--4', '+-4', '5.0', '0x5', '1e0', '\xa05', '\ufeff5', '9', '9'.repeat(21)].map(
      (text): [Matcher, string, boolean] => [small, text, false],
    ),
    [{ name: 'x-user', exactMatch: 'jason' }, 'jason', true],
    [{ name: 'x-user', exactMatch: '' }, 'anything', true],
    [{ name: 'x-user', prefixMatch: 'j' }, 'jason', true],
    [{ name: 'x-user', suffixMatch: 'n' }, 'jason', true],
    [{ name: 'x-user', containsMatch: 'zz' }, 'jason', false],
    [{ name: 'x-user', safeRegexMatch: { regex: 'j.*' } }, 'jason', true],
  ])('%j sees %j: %s', (header, value, expected) => {
    const headers = value === undefined ? {} : { 'x-user': value }
    expect(
      matches({ prefix: '/', headers: [header] }, { authority: 'a', path: '/', headers }),
    ).toBe(expected)
  })

  test.each([
    [':method', 'PUT'],
    [':scheme', 'https'],
    [':authority', 'shop'],
    ['host', 'shop'],
    [':path', '/x?y'],
  ])('%s is a header too', (name, exact) => {
    const asked = { authority: 'shop', path: '/x?y', method: 'PUT', scheme: 'https' }
    expect(matches({ prefix: '/', headers: [{ name, stringMatch: { exact } }] }, asked)).toBe(true)
    expect(matches({ prefix: '/', headers: [{ name, stringMatch: { exact: 'no' } }] }, asked)).toBe(
      false,
    )
  })
})

describe('query parameters, cookies, gRPC and draws', () => {
  type Parameter = NonNullable<RouteMatchJson['queryParameters']>[number]
  test.each<[Parameter, string, boolean]>([
    [{ name: 'a' }, '/?a', true],
    [{ name: 'a' }, '/?b', false],
    [{ name: 'a', presentMatch: false }, '/?b', true],
    [{ name: 'a', stringMatch: { exact: '1' } }, '/?a=1&a=2', true],
    [{ name: 'a', stringMatch: { exact: '2' } }, '/?a=1&a=2', false],
    [{ name: 'a', stringMatch: { exact: 'x=y' } }, '/?b&a=x=y', true],
    [{ name: 'a', stringMatch: { exact: '%31' } }, '/?a=%31', true],
    [{ name: 'a', stringMatch: { prefix: 'v' } }, '/', false],
  ])('%j sees %s: %s', (parameter, path, expected) => {
    expect(matches({ prefix: '/', queryParameters: [parameter] }, { authority: 'a', path })).toBe(
      expected,
    )
  })

  test.each([
    ['session=abc; x="q"', { name: 'session', stringMatch: { exact: 'abc' } }, true],
    ['session=abc; x="q"', { name: 'x', stringMatch: { exact: 'q' } }, true],
    ['session=abc', { name: 'session', stringMatch: { exact: 'abc' }, invertMatch: true }, false],
    ['other=abc', { name: 'session', stringMatch: { exact: 'abc' }, invertMatch: true }, true],
    ['other=abc', { name: 'session', stringMatch: { exact: 'abc' } }, false],
    ['b;  a=x;a=y', { name: 'a', stringMatch: { exact: 'x' } }, true],
    ['a=x ;b', { name: 'a', stringMatch: { exact: 'x ' } }, true],
    ['a= x', { name: 'a', stringMatch: { exact: ' x' } }, true],
    ['a="x" ;b', { name: 'a', stringMatch: { exact: '"x" ' } }, true],
    ['a =x', { name: 'a', stringMatch: { exact: 'x' } }, false],
    ['b;\ta=x', { name: 'a', stringMatch: { exact: 'x' } }, false],
    ['b;\xa0a=x', { name: 'a', stringMatch: { exact: 'x' } }, false],
  ])('cookies %s pass %j: %s', (cookie, matcher, expected) => {
    const asked = { authority: 'a', path: '/', headers: { cookie } }
    expect(matches({ prefix: '/', cookies: [matcher] }, asked)).toBe(expected)
  })

  test.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc-web', false],
    ['text/html', false],
  ])('%s is gRPC: %s', (type, expected) => {
    const headers = { 'content-type': type }
    expect(matches({ prefix: '/', grpc: {} }, { authority: 'a', path: '/', headers })).toBe(
      expected,
    )
  })

  test('a runtime fraction takes its share of the draws', () => {
    const runtimeFraction = { defaultValue: { numerator: 25, denominator: 'HUNDRED' } }
    const hits = (random: number) =>
      matches({ prefix: '/', runtimeFraction }, { authority: 'a', path: '/' }, random)
    expect([0, 24, 25, 99, 100, 124, 125].map(hits)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ])
  })

  test('a draw below one is spread over all integers', () => {
    const runtimeFraction = { defaultValue: { numerator: 500_000, denominator: 'MILLION' } }
    const hits = Array.from({ length: 1000 }, (_, i) =>
      matches({ prefix: '/', runtimeFraction }, { authority: 'a', path: '/' }, (i + 0.5) / 1000),
    ).filter(Boolean)
    expect(hits.length).toBeGreaterThan(400)
    expect(hits.length).toBeLessThan(600)
  })
})
