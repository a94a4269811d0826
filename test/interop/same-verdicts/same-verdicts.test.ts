// Route configurations with one oddity each: real Envoy and our matcher refuse the same ones.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileRoutes, RouteConfigError } from '@meshwright/route-matcher'
import { expect, test } from 'vitest'
import { installEnvoy } from '../../peers/envoy.ts'

const cases: { readonly name: string; readonly configuration: object }[] = []
const of = (type: string) => ({ '@type': `type.googleapis.com/${type}` })

const table = (name: string, more: object): void => {
  cases.push({ name, configuration: { name: 'r', validateClusters: false, ...more } })
}
const host = (name: string, more: object): void =>
  table(name, { virtualHosts: [{ name: 'v', domains: ['*'], ...more }] })
const route = (name: string, more: object): void =>
  host(name, { routes: [{ match: { prefix: '/' }, route: { cluster: 'c' }, ...more }] })
const action = (name: string, more: object): void =>
  route(name, { route: { cluster: 'c', ...more } })
const match = (name: string, it: object): void => route(name, { match: it })
const redirect = (name: string, it: object): void =>
  host(name, { routes: [{ match: { prefix: '/' }, redirect: it }] })

action('ok', {})
const templateType = of('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig')
const byTemplate = {
  pathMatchPolicy: {
    name: 'envoy.path.match.uri_template.uri_template_matcher',
    typedConfig: { ...templateType, pathTemplate: '/a/{x}' },
  },
}
host('redirect prefixRewrite + policy', {
  routes: [{ match: byTemplate, redirect: { prefixRewrite: '/x' } }],
})
host('redirect regexRewrite + policy', {
  routes: [
    {
      match: byTemplate,
      redirect: { regexRewrite: { pattern: { regex: 'a' }, substitution: 'b' } },
    },
  ],
})
host('redirect pathRedirect + policy', {
  routes: [{ match: byTemplate, redirect: { pathRedirect: '/x' } }],
})
host('route prefixRewrite + policy', {
  routes: [{ match: byTemplate, route: { cluster: 'c', prefixRewrite: '/x' } }],
})
host('route regexRewrite + policy', {
  routes: [
    {
      match: byTemplate,
      route: { cluster: 'c', regexRewrite: { pattern: { regex: 'a' }, substitution: 'b' } },
    },
  ],
})
host('route pathRewrite + policy', {
  routes: [{ match: byTemplate, route: { cluster: 'c', pathRewrite: '/x' } }],
})
const rewriteTo = (t: string) => ({
  pathRewritePolicy: {
    name: 'envoy.path.rewrite.uri_template.uri_template_rewriter',
    typedConfig: {
      ...of('envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig'),
      pathTemplateRewrite: t,
    },
  },
})
host('route rewritepolicy + policy', {
  routes: [{ match: byTemplate, route: { cluster: 'c', ...rewriteTo('/{x}') } }],
})
host('route rewritepolicy unknown var', {
  routes: [{ match: byTemplate, route: { cluster: 'c', ...rewriteTo('/{y}') } }],
})
host('route rewritepolicy without policy', {
  routes: [{ match: { prefix: '/' }, route: { cluster: 'c', ...rewriteTo('/{x}') } }],
})
host('route rewritepolicy without slash', {
  routes: [{ match: byTemplate, route: { cluster: 'c', ...rewriteTo('{x}') } }],
})
host('policy caseSensitive false', {
  routes: [{ match: { ...byTemplate, caseSensitive: false }, route: { cluster: 'c' } }],
})
for (const t of [
  'a',
  '/{x',
  '/{x}/{x}',
  '/**/a',
  '/a/**/b',
  '/{x=*}',
  '/{x=**}/b',
  '/*a',
  '/{x}a',
  '/a**',
  '',
  '/',
  '//',
  '/a//b',
  '/{1x}',
  '/{x=}',
  '/{x={y}}',
  '/*/*/*/*/*/*',
  '/{a}/{b}/{c}/{d}/{e}/{f}',
  '/a?b',
  '/a#b',
  '/é',
  '/a b',
  '/**.m3u8',
  '/{x=**}.m3u8',
  '/{x=*.m3u8}',
  '/%20',
  '/[a]',
  "/a'b",
  '/a=b',
  '/{x=a/*}',
  '/{xxxxxxxxxxxxxxxxx}',
  '/{xxxxxxxxxxxxxxxx}',
])
  host(`template ${t}`, {
    routes: [
      {
        match: {
          pathMatchPolicy: {
            name: 'envoy.path.match.uri_template.uri_template_matcher',
            typedConfig: { ...templateType, pathTemplate: t },
          },
        },
        route: { cluster: 'c' },
      },
    ],
  })
action('prefixRewrite+regexRewrite', {
  prefixRewrite: '/a',
  regexRewrite: { pattern: { regex: 'a' }, substitution: 'b' },
})
action('regexRewrite no pattern', { regexRewrite: { substitution: 'b' } })
action('regexRewrite no substitution', { regexRewrite: { pattern: { regex: 'a' } } })
action('regexRewrite bad subst', { regexRewrite: { pattern: { regex: 'a' }, substitution: '\\2' } })
action('regexRewrite trailing backslash', {
  regexRewrite: { pattern: { regex: 'a' }, substitution: 'b\\' },
})
action('prefixRewrite newline', { prefixRewrite: '/a\n' })
action('cluster empty', { cluster: '' })
action('prefixRewrite no slash', { prefixRewrite: 'x' })
action('clusterHeader empty', { cluster: undefined, clusterHeader: '' })
action('clusterHeader newline', { cluster: undefined, clusterHeader: 'a\nb' })
action('clusterHeader odd', { cluster: undefined, clusterHeader: 'a b' })
action('hostRewriteLiteral newline', { hostRewriteLiteral: 'a\nb' })
action('hostRewriteHeader empty', { hostRewriteHeader: '' })
action('hostRewritePathRegex no pattern', { hostRewritePathRegex: { substitution: 'x' } })
action('hostRewrite bad op', { hostRewrite: '%FOO%' })
action('pathRewrite bad op', { pathRewrite: '/%FOO%' })
action('pathRewrite unterminated', { pathRewrite: '/%REQ(a%' })
action('two host rewrites', { hostRewriteLiteral: 'a', hostRewriteHeader: 'b' })
action('autoHostRewrite false + literal', { hostRewriteLiteral: 'a', autoHostRewrite: false })
action('timeout negative', { timeout: '-1s' })
action('hash none', { hashPolicy: [{}] })
action('hash terminal only', { hashPolicy: [{ terminal: true }] })
action('hash two', { hashPolicy: [{ header: { headerName: 'a' }, cookie: { name: 'b' } }] })
action('hash header empty', { hashPolicy: [{ header: { headerName: '' } }] })
action('hash cookie empty', { hashPolicy: [{ cookie: { name: '' } }] })
action('hash query empty', { hashPolicy: [{ queryParameter: { name: '' } }] })
action('hash fs empty', { hashPolicy: [{ filterState: { key: '' } }] })
action('hash source empty', { hashPolicy: [{ connectionProperties: {} }] })
action('hash cookie attr noname', {
  hashPolicy: [{ cookie: { name: 'a', attributes: [{ value: 'b' }] } }],
})
action('hash cookie ttl -1', { hashPolicy: [{ cookie: { name: 'a', ttl: '-1s' } }] })
action('retry backoff no base', { retryPolicy: { retryBackOff: {} } })
action('retry backoff zero', { retryPolicy: { retryBackOff: { baseInterval: '0s' } } })
action('retry backoff max zero', {
  retryPolicy: { retryBackOff: { baseInterval: '1s', maxInterval: '0s' } },
})
action('retry backoff max<base', {
  retryPolicy: { retryBackOff: { baseInterval: '1s', maxInterval: '0.5s' } },
})
action('retry backoff sub-ms', {
  retryPolicy: { retryBackOff: { baseInterval: '0.0005s', maxInterval: '0.0001s' } },
})
action('retry rl none', { retryPolicy: { rateLimitedRetryBackOff: {} } })
action('retry rl noname', { retryPolicy: { rateLimitedRetryBackOff: { resetHeaders: [{}] } } })
action('retry rl max zero', {
  retryPolicy: { rateLimitedRetryBackOff: { resetHeaders: [{ name: 'a' }], maxInterval: '0s' } },
})
action('retry unknown on', { retryPolicy: { retryOn: 'nonsense' } })
action('retry attempts neg', { retryPolicy: { hostSelectionRetryMaxAttempts: -1 } })
action('retry priority unknown', { retryPolicy: { retryPriority: { name: 'x' } } })
action('retry status 9999', { retryPolicy: { retriableStatusCodes: [9999] } })
action('mirror none', { requestMirrorPolicies: [{}] })
action('mirror both', { requestMirrorPolicies: [{ cluster: 'a', clusterHeader: 'b' }] })
action('mirror no default', {
  requestMirrorPolicies: [{ cluster: 'a', runtimeFraction: { runtimeKey: 'k' } }],
})
action('mirror fraction > 100', {
  requestMirrorPolicies: [{ cluster: 'a', runtimeFraction: { defaultValue: { numerator: 200 } } }],
})
action('upgrade twice', { upgradeConfigs: [{ upgradeType: 'a' }, { upgradeType: 'A' }] })
action('upgrade empty', { upgradeConfigs: [{ upgradeType: '' }] })
action('upgrade connectConfig', {
  upgradeConfigs: [{ upgradeType: 'websocket', connectConfig: {} }],
})
action('ratelimit none', { rateLimits: [{}] })
action('ratelimit action none', { rateLimits: [{ actions: [{}] }] })
action('ratelimit stage', { rateLimits: [{ stage: 11, actions: [{ remoteAddress: {} }] }] })
action('ratelimit generic', { rateLimits: [{ actions: [{ genericKey: {} }] }] })
action('ratelimit generic bad op', {
  rateLimits: [{ actions: [{ genericKey: { descriptorValue: '%FOO%' } }] }],
})
action('ratelimit hvm none', {
  rateLimits: [{ actions: [{ headerValueMatch: { descriptorValue: 'a' } }] }],
})
action('ratelimit qvm none', {
  rateLimits: [{ actions: [{ queryParameterValueMatch: { descriptorValue: 'a' } }] }],
})
action('ratelimit masked 33', {
  rateLimits: [{ actions: [{ maskedRemoteAddress: { v4PrefixMaskLen: 33 } }] }],
})
action('ratelimit metadata nokey', {
  rateLimits: [{ actions: [{ metadata: { descriptorKey: 'a' } }] }],
})
action('ratelimit metadata nopath', {
  rateLimits: [{ actions: [{ metadata: { descriptorKey: 'a', metadataKey: { key: 'x' } } }] }],
})
action('ratelimit metadata nopathkey', {
  rateLimits: [
    { actions: [{ metadata: { descriptorKey: 'a', metadataKey: { key: 'x', path: [{}] } } }] },
  ],
})
action('ratelimit dynmd', {
  rateLimits: [
    {
      actions: [
        {
          dynamicMetadata: { descriptorKey: 'a', metadataKey: { key: 'x', path: [{ key: 'y' }] } },
        },
      ],
    },
  ],
})
action('ratelimit limit {}', { rateLimits: [{ actions: [{ remoteAddress: {} }], limit: {} }] })
action('ratelimit limit md nopath', {
  rateLimits: [
    { actions: [{ remoteAddress: {} }], limit: { dynamicMetadata: { metadataKey: { key: 'x' } } } },
  ],
})
action('ratelimit hits both', {
  rateLimits: [
    { actions: [{ remoteAddress: {} }], hitsAddend: { number: '1', format: '%REQ(a)%' } },
  ],
})
action('ratelimit hits none', {
  rateLimits: [{ actions: [{ remoteAddress: {} }], hitsAddend: {} }],
})
action('ratelimit two actions', {
  rateLimits: [{ actions: [{ remoteAddress: {}, sourceCluster: {} }] }],
})
action('internal redirect code 200', { internalRedirectPolicy: { redirectResponseCodes: [200] } })
action('internal redirect 6 codes', {
  internalRedirectPolicy: { redirectResponseCodes: [301, 302, 303, 307, 308, 301] },
})
action('internal redirect copy host', {
  internalRedirectPolicy: { responseHeadersToCopy: ['host'] },
})
action('internal redirect copy empty', { internalRedirectPolicy: { responseHeadersToCopy: [''] } })
action('internal redirect copy dup', {
  internalRedirectPolicy: { responseHeadersToCopy: ['a', 'a'] },
})
action('priority 7', { priority: 7 })
action('priority X', { priority: 'X' })
action('clusterNotFound 9', { clusterNotFoundResponseCode: 9 })
action('hedge initial 0', { hedgePolicy: { initialRequests: 0 } })
action('weighted empty', { cluster: undefined, weightedClusters: {} })
action('weighted zero', {
  cluster: undefined,
  weightedClusters: { clusters: [{ name: 'a', weight: 0 }] },
})
action('weighted no name', { cluster: undefined, weightedClusters: { clusters: [{ weight: 1 }] } })
action('weighted both', {
  cluster: undefined,
  weightedClusters: { clusters: [{ name: 'a', clusterHeader: 'b', weight: 1 }] },
})
action('weighted total mismatch', {
  cluster: undefined,
  weightedClusters: { totalWeight: 5, clusters: [{ name: 'a', weight: 1 }] },
})
action('weighted overflow', {
  cluster: undefined,
  weightedClusters: {
    clusters: [
      { name: 'a', weight: 4294967295 },
      { name: 'b', weight: 1 },
    ],
  },
})
action('weighted header+hash', {
  cluster: undefined,
  weightedClusters: { headerName: 'x', useHashPolicy: true, clusters: [{ name: 'a', weight: 1 }] },
})
action('weighted header+hash false', {
  cluster: undefined,
  weightedClusters: { headerName: 'x', useHashPolicy: false, clusters: [{ name: 'a', weight: 1 }] },
})
action('weighted headername odd', {
  cluster: undefined,
  weightedClusters: { headerName: 'a b\n', clusters: [{ name: 'a', weight: 1 }] },
})
redirect('redirect {}', {})
redirect('redirect https+scheme', { httpsRedirect: true, schemeRedirect: 'x' })
redirect('redirect https false+scheme', { httpsRedirect: false, schemeRedirect: 'x' })
redirect('redirect path+prefix', { pathRedirect: '/a', prefixRewrite: '/b' })
redirect('redirect path empty+prefix', { pathRedirect: '', prefixRewrite: '/b' })
redirect('redirect port', { portRedirect: 70000 })
redirect('redirect path newline', { pathRedirect: '/a\n' })
redirect('redirect host newline', { hostRedirect: 'a\nb' })
redirect('redirect scheme newline', { schemeRedirect: 'a\nb' })
redirect('redirect code 9', { responseCode: 9 })
match('none', {})
match('psp /', { pathSeparatedPrefix: '/' })
match('psp /a/', { pathSeparatedPrefix: '/a/' })
match('psp a', { pathSeparatedPrefix: 'ab' })
match('psp ?', { pathSeparatedPrefix: '/a?b' })
match('psp newline', { pathSeparatedPrefix: '/a\n' })
match('prefix ?', { prefix: '/a?b' })
match('prefix no slash', { prefix: 'a' })
match('prefix empty', { prefix: '' })
match('path ?', { path: '/a?b' })
match('path #', { path: '/a#b' })
match('path no slash', { path: 'a' })
match('path empty', { path: '' })
match('regex empty', { safeRegex: { regex: '' } })
match('regex none', { safeRegex: {} })
match('regex bad', { safeRegex: { regex: '(' } })
match('regex lookahead', { safeRegex: { regex: '(?=a)' } })
match('regex big', { safeRegex: { regex: '(a{1000}){1000}' } })
match('regex + caseSensitive false', { safeRegex: { regex: 'a' }, caseSensitive: false })
match('two paths', { prefix: '/', path: '/' })
match('fraction none', { prefix: '/', runtimeFraction: {} })
match('fraction denominator 9', {
  prefix: '/',
  runtimeFraction: { defaultValue: { numerator: 1, denominator: 9 } },
})
match('header noname', { prefix: '/', headers: [{ presentMatch: true }] })
match('header only name', { prefix: '/', headers: [{ name: 'a' }] })
match('header name newline', { prefix: '/', headers: [{ name: 'a\nb' }] })
match('header name space', { prefix: '/', headers: [{ name: 'a b' }] })
match('header empty range', { prefix: '/', headers: [{ name: 'a', rangeMatch: {} }] })
match('header range reversed', {
  prefix: '/',
  headers: [{ name: 'a', rangeMatch: { start: 5, end: 1 } }],
})
match('header range too big', {
  prefix: '/',
  headers: [{ name: 'a', rangeMatch: { start: '9223372036854775808' } }],
})
match('header prefix empty', { prefix: '/', headers: [{ name: 'a', stringMatch: { prefix: '' } }] })
match('header exact empty', { prefix: '/', headers: [{ name: 'a', stringMatch: { exact: '' } }] })
match('header string none', { prefix: '/', headers: [{ name: 'a', stringMatch: {} }] })
match('header regex ignoreCase', {
  prefix: '/',
  headers: [{ name: 'a', stringMatch: { safeRegex: { regex: 'a' }, ignoreCase: true } }],
})
match('header legacy exact', { prefix: '/', headers: [{ name: 'a', exactMatch: 'x' }] })
match('header legacy exact empty', { prefix: '/', headers: [{ name: 'a', exactMatch: '' }] })
match('header legacy prefix empty', { prefix: '/', headers: [{ name: 'a', prefixMatch: '' }] })
match('header legacy contains empty', { prefix: '/', headers: [{ name: 'a', containsMatch: '' }] })
match('query noname', { prefix: '/', queryParameters: [{}] })
match('query long name', { prefix: '/', queryParameters: [{ name: 'x'.repeat(1025) }] })
match('query string none', { prefix: '/', queryParameters: [{ name: 'a', stringMatch: {} }] })
match('cookie nomatch', { prefix: '/', cookies: [{ name: 'a' }] })
match('cookie noname', { prefix: '/', cookies: [{ stringMatch: { exact: 'a' } }] })
match('cookie long name', {
  prefix: '/',
  cookies: [{ name: 'x'.repeat(1025), stringMatch: { exact: 'a' } }],
})
match('metadata nofilter', {
  prefix: '/',
  dynamicMetadata: [{ path: [{ key: 'a' }], value: { presentMatch: true } }],
})
match('metadata nopath', {
  prefix: '/',
  dynamicMetadata: [{ filter: 'a', value: { presentMatch: true } }],
})
match('metadata novalue', { prefix: '/', dynamicMetadata: [{ filter: 'a', path: [{ key: 'a' }] }] })
match('metadata empty value', {
  prefix: '/',
  dynamicMetadata: [{ filter: 'a', path: [{ key: 'a' }], value: {} }],
})
match('metadata double none', {
  prefix: '/',
  dynamicMetadata: [{ filter: 'a', path: [{ key: 'a' }], value: { doubleMatch: {} } }],
})
match('metadata list none', {
  prefix: '/',
  dynamicMetadata: [{ filter: 'a', path: [{ key: 'a' }], value: { listMatch: {} } }],
})
match('metadata or one', {
  prefix: '/',
  dynamicMetadata: [
    {
      filter: 'a',
      path: [{ key: 'a' }],
      value: { orMatch: { valueMatchers: [{ presentMatch: true }] } },
    },
  ],
})
match('fs nokey', { prefix: '/', filterState: [{ stringMatch: { exact: 'a' } }] })
match('fs none', { prefix: '/', filterState: [{ key: 'a' }] })
match('fs address none', { prefix: '/', filterState: [{ key: 'a', addressMatch: {} }] })
match('fs address bad', {
  prefix: '/',
  filterState: [{ key: 'a', addressMatch: { ranges: [{ addressPrefix: 'x' }] } }],
})
match('fs address 33', {
  prefix: '/',
  filterState: [
    { key: 'a', addressMatch: { ranges: [{ addressPrefix: '10.0.0.0', prefixLen: 33 }] } },
  ],
})
route('no action', { route: undefined })
route('two actions', { redirect: {} })
route('no match', { match: undefined })
route('nonForwarding', { route: undefined, nonForwardingAction: {} })
route('filterAction', { route: undefined, filterAction: {} })
route('decorator empty', { decorator: {} })
route('direct 99', { route: undefined, directResponse: { status: 99 } })
route('direct 600', { route: undefined, directResponse: { status: 600 } })
route('direct none', { route: undefined, directResponse: {} })
route('direct big', {
  route: undefined,
  directResponse: { status: 200, body: { inlineString: 'x'.repeat(4097) } },
})
route('direct body none', { route: undefined, directResponse: { status: 200, body: {} } })
route('direct body empty', {
  route: undefined,
  directResponse: { status: 200, body: { inlineString: '' } },
})
route('direct bytes bad', {
  route: undefined,
  directResponse: { status: 200, body: { inlineBytes: '***' } },
})
route('direct bodyformat none', {
  route: undefined,
  directResponse: { status: 200, bodyFormat: {} },
})
route('direct bodyformat bad', {
  route: undefined,
  directResponse: { status: 200, bodyFormat: { textFormatSource: { inlineString: '%FOO%' } } },
})
route('direct bodyformat text', {
  route: undefined,
  directResponse: { status: 200, bodyFormat: { textFormat: 'x' } },
})
route('add no header', { requestHeadersToAdd: [{}] })
route('add nokey', { requestHeadersToAdd: [{ header: { value: 'x' } }] })
route('add pseudo', { requestHeadersToAdd: [{ header: { key: ':path', value: 'x' } }] })
route('add host', { requestHeadersToAdd: [{ header: { key: 'Host', value: 'x' } }] })
route('add resp host', { responseHeadersToAdd: [{ header: { key: 'Host', value: 'x' } }] })
route('add resp pseudo', { responseHeadersToAdd: [{ header: { key: ':status', value: 'x' } }] })
route('remove resp host', { responseHeadersToRemove: ['host'] })
route('remove host', { requestHeadersToRemove: ['host'] })
route('remove empty', { requestHeadersToRemove: [''] })
route('remove newline', { requestHeadersToRemove: ['a\n'] })
route('remove space', { requestHeadersToRemove: ['a b'] })
route('add value newline', { requestHeadersToAdd: [{ header: { key: 'a', value: 'x\ny' } }] })
route('add value %', { requestHeadersToAdd: [{ header: { key: 'a', value: '50%' } }] })
route('add value bad op', { requestHeadersToAdd: [{ header: { key: 'a', value: '%FOO%' } }] })
route('add empty value', { requestHeadersToAdd: [{ header: { key: 'a', value: '' } }] })
route('add empty value keep', {
  requestHeadersToAdd: [{ header: { key: 'a', value: '' }, keepEmptyValue: true }],
})
route('add action 9', {
  requestHeadersToAdd: [{ header: { key: 'a', value: 'b' }, appendAction: 9 }],
})
route('add append+action', {
  requestHeadersToAdd: [
    { header: { key: 'a', value: 'b' }, append: true, appendAction: 'OVERWRITE_IF_EXISTS' },
  ],
})
route('add append+default action', {
  requestHeadersToAdd: [
    { header: { key: 'a', value: 'b' }, append: false, appendAction: 'APPEND_IF_EXISTS_OR_ADD' },
  ],
})
route('add append false', {
  requestHeadersToAdd: [{ header: { key: 'a', value: 'b' }, append: false }],
})
route('add rawValue', { requestHeadersToAdd: [{ header: { key: 'a', rawValue: 'YQ==' } }] })
route('filterconfig unknown type', {
  typedPerFilterConfig: { x: { '@type': 'type.googleapis.com/nope.Nope' } },
})
const filterConfig = of('envoy.config.route.v3.FilterConfig')
route('filterconfig empty', {
  typedPerFilterConfig: { 'envoy.filters.http.cors': { ...filterConfig } },
})
route('filterconfig empty config', {
  typedPerFilterConfig: { 'envoy.filters.http.cors': { ...filterConfig, config: {} } },
})
route('filterconfig optional', {
  typedPerFilterConfig: { 'envoy.filters.http.cors': { ...filterConfig, isOptional: true } },
})
route('filterconfig disabled', {
  typedPerFilterConfig: { 'envoy.filters.http.cors': { ...filterConfig, disabled: true } },
})
route('filterconfig disabled+config', {
  typedPerFilterConfig: {
    'envoy.filters.http.cors': {
      ...filterConfig,
      disabled: true,
      config: of('envoy.extensions.filters.http.cors.v3.CorsPolicy'),
    },
  },
})
route('filterconfig cors', {
  typedPerFilterConfig: {
    'envoy.filters.http.cors': of('envoy.extensions.filters.http.cors.v3.CorsPolicy'),
  },
})
route('filterconfig cors wrong type', {
  typedPerFilterConfig: {
    'envoy.filters.http.cors': of('envoy.extensions.filters.http.fault.v3.HTTPFault'),
  },
})
route('filterconfig string', { typedPerFilterConfig: { 'envoy.filters.http.cors': 'x' } })
route('filterconfig typeless', { typedPerFilterConfig: { 'envoy.filters.http.cors': {} } })
route('filterconfig cors fraction none', {
  typedPerFilterConfig: {
    'envoy.filters.http.cors': {
      ...of('envoy.extensions.filters.http.cors.v3.CorsPolicy'),
      filterEnabled: {},
    },
  },
})
route('filterconfig cors origin none', {
  typedPerFilterConfig: {
    'envoy.filters.http.cors': {
      ...of('envoy.extensions.filters.http.cors.v3.CorsPolicy'),
      allowOriginStringMatch: [{}],
    },
  },
})
host('vh noname', { name: '' })
host('vh nodomains', { domains: [] })
host('vh domain empty', { domains: [''] })
host('vh domain twice', { domains: ['a', 'A'] })
host('vh domain two stars', { domains: ['*a*'] })
host('vh domain inner star', { domains: ['a*b'] })
host('vh domain newline', { domains: ['a\nb'] })
host('vh domain * twice', { domains: ['*', '*'] })
host('vh requireTls 9', { requireTls: 9 })
host('vc none', { virtualClusters: [{}] })
host('vc noheaders', { virtualClusters: [{ name: 'x' }] })
host('vc noname', { virtualClusters: [{ headers: [{ name: 'a' }] }] })
host('vh cors old', { cors: { allowOriginStringMatch: [{ exact: 'a' }] } })
host('vh retry + hedge', { retryPolicy: {}, hedgePolicy: { hedgeOnPerTryTimeout: true } })
host('matcher + routes', {
  matcher: {
    onNoMatch: {
      action: {
        name: 'r',
        typedConfig: {
          ...of('envoy.config.route.v3.Route'),
          match: { prefix: '/' },
          route: { cluster: 'c' },
        },
      },
    },
  },
  routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
})
host('matcher onNoMatch only', {
  matcher: {
    onNoMatch: {
      action: {
        name: 'r',
        typedConfig: {
          ...of('envoy.config.route.v3.Route'),
          match: { prefix: '/' },
          route: { cluster: 'c' },
        },
      },
    },
  },
})
host('matcher {}', { matcher: {} })
host('matcher routelist empty', {
  matcher: {
    onNoMatch: { action: { name: 'r', typedConfig: { ...of('envoy.config.route.v3.RouteList') } } },
  },
})
host('matcher onNoMatch keepMatching', {
  matcher: {
    onNoMatch: {
      keepMatching: true,
      action: { name: 'r', typedConfig: { ...of('envoy.config.route.v3.RouteList') } },
    },
  },
})
table('two vh', {
  virtualHosts: [
    { name: 'a', domains: ['a'] },
    { name: 'a', domains: ['b'] },
  ],
})
table('two vh same domain', {
  virtualHosts: [
    { name: 'a', domains: ['a'] },
    { name: 'b', domains: ['A'] },
  ],
})
table('internalOnly empty', { internalOnlyHeaders: [''] })
table('internalOnly newline', { internalOnlyHeaders: ['a\nb'] })
table('vhostHeader newline', { vhostHeader: 'a\n' })
table('vhostHeader + ignorePort', { vhostHeader: 'a', ignorePortInHostMatching: true })
table('maxDirect 0', {
  maxDirectResponseBodySizeBytes: 0,
  virtualHosts: [
    {
      name: 'a',
      domains: ['a'],
      routes: [
        { match: { prefix: '/' }, directResponse: { status: 200, body: { inlineString: 'x' } } },
      ],
    },
  ],
})
table('no vh', {})

test('the same configurations are refused, but for differences that are listed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verdicts-'))
  const differences: string[] = []
  let refused = 0
  const queue = cases.entries()
  const worker = async (): Promise<void> => {
    for (const [i, { name, configuration }] of queue) {
      const theirs = await envoyTakes(configuration, join(folder, `${i}.json`))
      const ours = weTake(configuration)
      if (!theirs) refused += 1
      if (theirs !== ours)
        differences.push(`${theirs ? 'only we refuse' : 'only Envoy refuses'}: ${name}`)
    }
  }
  await Promise.all([worker(), worker()])
  rmSync(folder, { recursive: true })

  const accepted = JSON.parse(
    readFileSync(new URL('accepted-differences.json', import.meta.url), 'utf8'),
  ) as readonly { readonly difference: string; readonly reason: string }[]
  expect(differences.sort()).toEqual(accepted.map(({ difference }) => difference).sort())
  // Both verdicts were compared.
  expect(refused).toBeGreaterThan(cases.length / 4)
  expect(refused).toBeLessThan((cases.length * 3) / 4)
})

function weTake(configuration: object): boolean {
  try {
    const plain = JSON.parse(JSON.stringify(configuration))
    compileRoutes(plain, { hashOfKeys: () => undefined, readDataSource: () => 'x' })
    return true
  } catch (error) {
    if (error instanceof RouteConfigError) return false
    throw error
  }
}

function envoyTakes(configuration: object, file: string): Promise<boolean> {
  writeFileSync(file, JSON.stringify(bootstrapOf(configuration)))
  const flags = ['--mode', 'validate', '--disable-hot-restart', '-l', 'critical', '-c', file]
  return new Promise((resolve, reject) => {
    execFile(installEnvoy(), flags, (error) => {
      // Anything but an exit with 1 is no verdict.
      if (error === null || error.code === 1) resolve(error === null)
      else reject(error)
    })
  })
}

function bootstrapOf(routeConfig: object): object {
  const address = { socketAddress: { address: '127.0.0.1', portValue: 0 } }
  const router = {
    name: 'router',
    typedConfig: of('envoy.extensions.filters.http.router.v3.Router'),
  }
  const manager = {
    ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'verdicts',
    routeConfig,
    httpFilters: [router],
  }
  const filterChains = [{ filters: [{ name: 'http', typedConfig: manager }] }]
  return {
    admin: { address },
    staticResources: { listeners: [{ name: 'verdicts', address, filterChains }] },
  }
}
