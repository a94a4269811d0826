import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type PlainRequest,
  type RateLimitActionJson,
  type RateLimitContext,
  type RateLimitJson,
  RouteConfigError,
  rateLimitDescriptors,
  request,
  type VirtualHostJson,
} from '../src/index.ts'

type Level = Partial<VirtualHostJson> & { readonly includeVhRateLimits?: boolean }

/** The descriptors of a request by the rate limits of its route and virtual host. */
function descriptorsOf(
  rateLimits: readonly RateLimitJson[],
  asked: Partial<PlainRequest> = {},
  context: Partial<RateLimitContext> = {},
  { includeVhRateLimits = false, ...virtualHost }: Level = {},
) {
  const metadata = { filterMetadata: { ns: { a: { b: 'routed' }, n: 1 } } }
  const route = { cluster: 'backend', rateLimits, includeVhRateLimits }
  const host = { name: 'a', domains: ['*'], ...virtualHost }
  const table = compileRoutes({
    virtualHosts: [{ ...host, routes: [{ match: { prefix: '/' }, metadata, route }] }],
  })
  const sent = request({ authority: 'shop', path: '/', ...asked })
  const match = table.match(sent)
  if (match?.action.kind !== 'cluster') throw new Error('expected a cluster')
  return rateLimitDescriptors(match.action.rateLimits, sent, { match, ...context })
}

/** The entries of the one descriptor that the actions give, as `key=value`; undefined if they give none. */
function entriesOf(
  actions: readonly RateLimitActionJson[],
  asked: Partial<PlainRequest> = {},
  context: Partial<RateLimitContext> = {},
): readonly string[] | undefined {
  const [descriptor] = descriptorsOf([{ actions }], asked, context)
  return descriptor?.entries.map(({ key, value }) => `${key}=${value}`)
}

function faultsOf(limit: object): string {
  try {
    descriptorsOf([limit])
  } catch (error) {
    if (error instanceof RouteConfigError) return error.message
    throw error
  }
  return ''
}

const generic = { genericKey: { descriptorValue: 'g' } }

describe('actions', () => {
  test('name the clusters on both sides', () => {
    const actions = [{ sourceCluster: {} }, { destinationCluster: {} }]
    expect(entriesOf(actions, {}, { sourceCluster: 'me' })).toEqual([
      'source_cluster=me',
      'destination_cluster=backend',
    ])
  })

  test('take the first value of a header, and without one give no descriptor or leave the entry out', () => {
    const header = { headerName: 'X-User', descriptorKey: 'user' }
    const headers = { 'x-user': ['ann', 'bob'] }
    expect(entriesOf([{ requestHeaders: header }], { headers })).toEqual(['user=ann'])
    expect(entriesOf([generic, { requestHeaders: header }])).toBeUndefined()
    const skipping = { requestHeaders: { ...header, skipIfAbsent: true } }
    expect(entriesOf([generic, skipping])).toEqual(['generic_key=g'])
  })

  test('take a query parameter, decoded', () => {
    const parameter = { queryParameterName: 'q', descriptorKey: 'k' }
    const actions = [{ queryParameters: parameter }]
    expect(entriesOf(actions, { path: '/?q=a%20b%C3%A9' })).toEqual(['k=a bé'])
    expect(entriesOf(actions, { path: '/?q=%FF%zz' })).toEqual(['k=%FF%zz'])
    expect(entriesOf(actions, { path: '/?q=' })).toEqual(['k='])
    expect(entriesOf(actions)).toBeUndefined()
    const skipping = [{ queryParameters: { ...parameter, skipIfAbsent: true } }, generic]
    expect(entriesOf(skipping)).toEqual(['generic_key=g'])
  })

  test('take the address of the client, whole or masked', () => {
    const from = (sourceAddress: string) => ({ connection: { sourceAddress } })
    const remote = [{ remoteAddress: {} }]
    expect(entriesOf(remote, from('10.1.2.3'))).toEqual(['remote_address=10.1.2.3'])
    expect(entriesOf(remote)).toBeUndefined()
    const masked = [{ maskedRemoteAddress: { v4PrefixMaskLen: 12, v6PrefixMaskLen: 49 } }]
    expect(entriesOf(masked, from('10.31.2.3'))).toEqual(['masked_remote_address=10.16.0.0/12'])
    expect(entriesOf(masked, from('2001:DB8:0:ffff::1'))).toEqual([
      'masked_remote_address=2001:db8:0:8000::/49',
    ])
    const whole = [{ maskedRemoteAddress: {} }]
    expect(entriesOf(whole, from('::1'))).toEqual(['masked_remote_address=::1/128'])
    expect(entriesOf(whole, from('1:0:0:2:0:0:0:3'))).toEqual([
      'masked_remote_address=1:0:0:2::3/128',
    ])
    expect(entriesOf(whole, from('1:0:2:3:4:5:6:7'))).toEqual([
      'masked_remote_address=1:0:2:3:4:5:6:7/128',
    ])
    expect(entriesOf(whole, from('unix socket'))).toBeUndefined()
  })

  test('give a fixed value, which may be a template', () => {
    const format = (template: string) => template.replace('%X%', 'x').replace('%NONE%', '')
    const key = (more: object) => [{ genericKey: { descriptorValue: '%NONE%', ...more } }]
    const formatting = { format, formatsDescriptorValues: true }
    const named = key({ descriptorValue: '%X%', descriptorKey: 'k' })
    expect(entriesOf([generic], {}, formatting)).toEqual(['generic_key=g'])
    expect(entriesOf(named, {}, formatting)).toEqual(['k=x'])
    expect(entriesOf(named, {}, { format })).toEqual(['k=%X%'])
    expect(entriesOf(key({ defaultValue: 'd' }), {}, formatting)).toEqual(['generic_key=d'])
    expect(entriesOf([generic, ...key({})], {}, formatting)).toBeUndefined()
  })

  test.each([true, false])('give a value if headers match: %s', (expectMatch) => {
    const headers = [{ name: 'a', stringMatch: { exact: '1' } }, { name: 'b' }]
    const actions = [{ headerValueMatch: { descriptorValue: 'v', expectMatch, headers } }]
    const found = (sent: Record<string, string>) => entriesOf(actions, { headers: sent })
    expect(found({ a: '1', b: '' })).toEqual(expectMatch ? ['header_match=v'] : undefined)
    expect(found({ a: '1' })).toEqual(expectMatch ? undefined : ['header_match=v'])
  })

  test.each([true, false])('give a value if query parameters match: %s', (expectMatch) => {
    const queryParameters = [{ name: 'a', stringMatch: { prefix: 'é' } }, { name: 'b' }]
    const matcher = { descriptorValue: 'v', descriptorKey: 'k', expectMatch, queryParameters }
    const found = (path: string) => entriesOf([{ queryParameterValueMatch: matcher }], { path })
    expect(found('/?a=%C3%A9x&b')).toEqual(expectMatch ? ['k=v'] : undefined)
    expect(found('/?a=e&b')).toEqual(expectMatch ? undefined : ['k=v'])
    expect(found('/?a=%C3%A9x')).toEqual(expectMatch ? undefined : ['k=v'])
  })

  test('take metadata of the request or of the route, if it is text', () => {
    const at = (...path: string[]) => ({ key: 'ns', path: path.map((key) => ({ key })) })
    const metadata = (more: object) => [
      { metadata: { descriptorKey: 'm', metadataKey: at('a', 'b'), ...more } },
    ]
    const dynamic = { metadata: { ns: { a: { b: 'asked' } } } }
    expect(entriesOf(metadata({}), dynamic)).toEqual(['m=asked'])
    expect(entriesOf(metadata({ source: 'ROUTE_ENTRY' }), dynamic)).toEqual(['m=routed'])
    expect(entriesOf(metadata({ source: 1, metadataKey: at('n') }))).toBeUndefined()
    expect(entriesOf(metadata({ source: 1, metadataKey: at('constructor') }))).toBeUndefined()
    expect(entriesOf(metadata({ defaultValue: 'd' }))).toEqual(['m=d'])
    expect(entriesOf([...metadata({ skipIfAbsent: true }), generic])).toEqual(['generic_key=g'])
    const older = { dynamicMetadata: { descriptorKey: 'm', metadataKey: at('a', 'b') } }
    expect(entriesOf([older], dynamic)).toEqual(['m=asked'])
    expect(entriesOf([older])).toBeUndefined()
  })
})

describe('policies', () => {
  const named = (descriptorValue: string, more: RateLimitJson = {}): RateLimitJson => ({
    actions: [{ genericKey: { descriptorValue } }],
    ...more,
  })
  const valuesOf = (...given: Parameters<typeof descriptorsOf>) =>
    descriptorsOf(...given).map(({ entries }) => entries[0]?.value)

  test('each gives a descriptor, in order, or none', () => {
    const dropped = { actions: [generic, { remoteAddress: {} }] }
    expect(valuesOf([named('a'), dropped, named('b')])).toEqual(['a', 'b'])
  })

  test('only those of the stage, of the time and not switched off count', () => {
    const limits = [
      named('a'),
      named('b', { stage: 10 }),
      named('c', { applyOnStreamDone: true }),
      named('d', { disableKey: 'off' }),
      named('e', { disableKey: 'on' }),
    ]
    const isDisabled = (key: string) => key === 'off'
    expect(valuesOf(limits)).toEqual(['a', 'd', 'e'])
    expect(valuesOf(limits, {}, { isDisabled })).toEqual(['a', 'e'])
    expect(valuesOf(limits, {}, { stage: 10 })).toEqual(['b'])
    expect(valuesOf(limits, {}, { streamDone: true })).toEqual(['c'])
  })

  test('those of the virtual host count where the route has none or asks for both', () => {
    const host = { rateLimits: [named('host')] }
    expect(valuesOf([], {}, {}, host)).toEqual(['host'])
    expect(valuesOf([named('route')], {}, {}, host)).toEqual(['route'])
    const both = { ...host, includeVhRateLimits: true }
    expect(valuesOf([named('route')], {}, {}, both)).toEqual(['route', 'host'])
  })

  test('dynamic metadata may hold another limit', () => {
    const limit = { dynamicMetadata: { metadataKey: { key: 'ns', path: [{ key: 'limit' }] } } }
    const limitOf = (value: unknown) =>
      descriptorsOf([named('a', { limit })], { metadata: { ns: { limit: value } } })[0]?.limit
    expect(limitOf({ requests_per_unit: 5.7, unit: 'HOUR' })).toEqual({
      requestsPerUnit: 5,
      unit: 'HOUR',
    })
    expect(limitOf({ requests_per_unit: '5', unit: 'HOUR' })).toBeUndefined()
    expect(limitOf({ requests_per_unit: 5, unit: 'EON' })).toBeUndefined()
    expect(limitOf(undefined)).toBeUndefined()
  })

  test('a request may count more than once, and not at all if nobody can say how often', () => {
    const hits = (hitsAddend: NonNullable<RateLimitJson['hitsAddend']>, text = '') =>
      descriptorsOf([named('a', { hitsAddend })], {}, { format: () => text || 'a' })
    expect(hits({ number: '3' })).toMatchObject([{ hitsAddend: 3 }])
    expect(hits({ number: 0 })).toMatchObject([{ hitsAddend: 0 }])
    expect(hits({ format: '%BYTES_RECEIVED%' }, '12.9')).toMatchObject([{ hitsAddend: 12 }])
    for (const text of ['-', '-1', '1000000001', 'NaN']) {
      expect(hits({ format: '%BYTES_RECEIVED%' }, text)).toEqual([])
    }
  })

  test('the option for response headers comes along', () => {
    expect(descriptorsOf([named('a', { xRatelimitOption: 2 })])).toMatchObject([
      { headersOption: 'DRAFT_VERSION_03', hitsAddend: undefined },
    ])
  })

  test.each<[object, RegExp]>([
    [{}, /actions: expected an action/],
    [{ actions: [{}] }, /actions\[0\]: expected one of sourceCluster/],
    [{ actions: [{ remoteAddress: {}, ...generic }] }, /got remoteAddress and genericKey/],
    [{ actions: [{ extension: { name: 'expr' } }] }, /extension: not supported/],
    [{ actions: [{ genericKey: {} }] }, /genericKey\.descriptorValue: expected text/],
    [{ actions: [{ requestHeaders: { headerName: 'a' } }] }, /descriptorKey: expected text/],
    [{ actions: [{ metadata: { descriptorKey: 'm' } }] }, /metadataKey\.key: expected text/],
    [
      { actions: [{ headerValueMatch: { descriptorValue: 'v' } }] },
      /headerValueMatch\.headers: expected a header/,
    ],
    [
      { actions: [{ maskedRemoteAddress: { v4PrefixMaskLen: 33 } }] },
      /v4PrefixMaskLen: expected at most 32, got 33/,
    ],
    [{ actions: [generic], stage: 11 }, /stage: expected at most 10, got 11/],
    [{ actions: [generic], limit: {} }, /limit: expected dynamicMetadata/],
    [{ actions: [generic], hitsAddend: {} }, /hitsAddend: expected number or format, got neither/],
    [{ actions: [generic], hitsAddend: { format: 'x%Y%' } }, /format: expected one %…% operator/],
    [{ actions: [generic], hitsAddend: { number: '1000000001' } }, /number: expected 0 to/],
    [{ actions: [generic], stages: 1 }, /stages: unknown field/],
  ])('%j is refused', (limit, expected) => {
    expect(faultsOf(limit)).toMatch(expected)
  })
})

test('equal policies give equal answers, whichever way they are written', () => {
  const answerOf = (actions: readonly RateLimitActionJson[]) =>
    compileRoutes({
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'a', rateLimits: [{ actions }] } }],
        },
      ],
    }).answer(0, 0)
  const one = answerOf([
    { genericKey: { descriptorValue: 'v' } },
    { headerValueMatch: { descriptorValue: 'v', headers: [{ name: 'A', exactMatch: 'b' }] } },
    { maskedRemoteAddress: {} },
  ])
  const other = answerOf([
    { genericKey: { descriptorValue: 'v', descriptorKey: 'generic_key' } },
    {
      headerValueMatch: {
        descriptorValue: 'v',
        expectMatch: true,
        headers: [{ name: 'a', stringMatch: { exact: 'b' } }],
      },
    },
    { maskedRemoteAddress: { v4PrefixMaskLen: 32 } },
  ])
  expect(one).toEqual(other)
  expect(JSON.parse(JSON.stringify(one))).toEqual(one)
  expect(answerOf([{ remoteAddress: {} }])).not.toEqual(answerOf([{ sourceCluster: {} }]))
})
