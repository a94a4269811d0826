import type { RouteActionJson, RouteJson, RouteMatchJson } from '@meshwright/route-matcher'
import type { Draw } from '../drawn/draw.ts'

/** Draws a route that takes what comes under `path`, and does something to it. */
export function drawRoute(draw: Draw, path: string): RouteJson {
  const kind = draw.next()
  const match = drawMatch(draw, path)
  const answers = {
    responseHeadersToAdd: drawAdditions(draw),
    responseHeadersToRemove: drawRemovals(draw),
    ...drawCors(draw),
  }
  if (kind < 0.4) return { match, redirect: drawRedirect(draw), ...answers }
  if (kind < 0.5) return { match, directResponse: drawDirectResponse(draw), ...answers }
  if (kind < 0.6) return { ...drawTemplate(draw, path), ...answers }
  return {
    match,
    route: drawAction(draw),
    requestHeadersToAdd: drawAdditions(draw),
    requestHeadersToRemove: drawRemovals(draw),
    ...answers,
  }
}

/** What stands on every level of the configuration, drawn anew for each. */
export function drawLevel(
  draw: Draw,
): Pick<
  RouteJson,
  | 'requestHeadersToAdd'
  | 'requestHeadersToRemove'
  | 'responseHeadersToAdd'
  | 'responseHeadersToRemove'
  | 'typedPerFilterConfig'
> {
  return {
    requestHeadersToAdd: drawAdditions(draw),
    requestHeadersToRemove: drawRemovals(draw),
    responseHeadersToAdd: drawAdditions(draw),
    responseHeadersToRemove: drawRemovals(draw),
    ...drawCors(draw),
  }
}

function drawMatch(draw: Draw, path: string): RouteMatchJson {
  return draw.one<RouteMatchJson>([
    { prefix: path },
    { prefix: `${path}/` },
    { safeRegex: { regex: `${path}/.*` } },
    { pathSeparatedPrefix: path },
    { prefix: path.toUpperCase(), caseSensitive: false },
  ])
}

const letters = { pattern: { regex: '[ab]' }, substitution: 'X' }
const firstOfSegment = { pattern: { regex: '/(.)' }, substitution: '/-\\1' }
const number = { pattern: { regex: '^/r(\\d+).*$' }, substitution: 'h\\1' }

function drawRedirect(draw: Draw): NonNullable<RouteJson['redirect']> {
  return {
    ...draw.one([
      {},
      { httpsRedirect: true },
      { schemeRedirect: 'https' },
      { schemeRedirect: 'ftp' },
    ]),
    ...draw.one([{}, { hostRedirect: 'other' }, { hostRedirect: 'other:99' }]),
    ...draw.one([{}, { portRedirect: 8080 }, { portRedirect: 443 }]),
    ...draw.one([
      {},
      { pathRedirect: '/n' },
      { pathRedirect: '/n?z' },
      { prefixRewrite: '/p' },
      { prefixRewrite: '/' },
      { regexRewrite: letters },
    ]),
    ...draw.one([{}, { stripQuery: true }]),
    responseCode: draw.one(['MOVED_PERMANENTLY', 'FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT']),
  }
}

function drawDirectResponse(draw: Draw): NonNullable<RouteJson['directResponse']> {
  const body = draw.one([{}, { body: { inlineString: 'said here' } }])
  return draw.one([{ status: 204 }, ...[200, 404, 503].map((status) => ({ status, ...body }))])
}

function drawAction(draw: Draw): RouteActionJson {
  const cluster = { name: 'backend', weight: 1, ...drawLevel(draw) }
  return {
    ...draw.one([
      {},
      { prefixRewrite: '/q/' },
      { regexRewrite: firstOfSegment },
      { pathRewrite: '/f/%REQ(h1)%' },
    ]),
    ...draw.one([
      {},
      { hostRewriteLiteral: 'literal' },
      { hostRewriteHeader: 'h1' },
      { hostRewritePathRegex: number },
      { hostRewrite: 'f-%REQ(h2)%' },
    ]),
    appendXForwardedHost: draw.maybe(0.5),
    ...draw.one([
      { cluster: 'backend' },
      { clusterHeader: 'to' },
      {
        weightedClusters: {
          clusters: [{ ...cluster, ...draw.one([{}, { hostRewriteLiteral: 'weighted' }]) }],
        },
      },
    ]),
  }
}

const templates = 'type.googleapis.com/envoy.extensions.path'

/** A route by a URI template, which rewrites the path by what it captured. */
function drawTemplate(draw: Draw, path: string): RouteJson {
  return {
    match: {
      pathMatchPolicy: {
        name: 'envoy.path.match.uri_template.uri_template_matcher',
        typedConfig: {
          '@type': `${templates}.match.uri_template.v3.UriTemplateMatchConfig`,
          pathTemplate: `${path}/{x}/{y=**}`,
        },
      },
    },
    route: {
      cluster: 'backend',
      pathRewritePolicy: {
        name: 'envoy.path.rewrite.uri_template.uri_template_rewriter',
        typedConfig: {
          '@type': `${templates}.rewrite.uri_template.v3.UriTemplateRewriteConfig`,
          pathTemplateRewrite: draw.one(['/{y}/{x}', '/fix/{x}', '/{x}{y}', '/z/{y}']),
        },
      },
    },
  }
}

function drawAdditions(draw: Draw): NonNullable<RouteJson['requestHeadersToAdd']> {
  const one = (): object => ({
    header: { key: draw.one(['h1', 'h2', 'h3']), value: draw.one(['1', '2', '%REQ(h1)%', '']) },
    appendAction: draw.one([
      'APPEND_IF_EXISTS_OR_ADD',
      'ADD_IF_ABSENT',
      'OVERWRITE_IF_EXISTS_OR_ADD',
      'OVERWRITE_IF_EXISTS',
    ]),
    keepEmptyValue: draw.maybe(0.5),
  })
  return Array.from({ length: Math.floor(draw.next() * 3) }, one)
}

function drawRemovals(draw: Draw): readonly string[] {
  return draw.one([[], [], ['h1'], ['h2', 'h3']])
}

const corsPolicy = 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy'
const filterConfig = 'type.googleapis.com/envoy.config.route.v3.FilterConfig'

/** What a level says to the CORS filter, if it does. */
function drawCors(draw: Draw): { typedPerFilterConfig?: Record<string, { '@type': string }> } {
  if (draw.maybe(0.5)) return {}
  const policy = { '@type': corsPolicy, ...drawCorsPolicy(draw) }
  const config = draw.one([
    policy,
    policy,
    policy,
    { '@type': filterConfig, config: policy },
    { '@type': filterConfig, config: {} },
    { '@type': filterConfig, disabled: true },
  ])
  return { typedPerFilterConfig: { 'envoy.filters.http.cors': config } }
}

function drawCorsPolicy(draw: Draw): object {
  return {
    ...draw.one([
      {},
      { allowOriginStringMatch: [{ exact: 'http://a' }] },
      { allowOriginStringMatch: [{ exact: '*' }] },
      { allowOriginStringMatch: [{ prefix: 'http://' }, { suffix: 'x' }] },
    ]),
    ...draw.one([{}, { allowMethods: 'GET' }, { allowMethods: '*' }]),
    ...draw.one([{}, { allowHeaders: 'h1' }, { allowHeaders: '*' }]),
    ...draw.one([{}, { exposeHeaders: 'h2' }]),
    ...draw.one([{}, { maxAge: '5' }]),
    ...draw.one([{}, { allowCredentials: true }, { allowCredentials: false }]),
    ...draw.one([{}, { allowPrivateNetworkAccess: true }]),
    ...draw.one([{}, {}, { forwardNotMatchingPreflights: false }]),
    ...draw.one([{}, {}, {}, { filterEnabled: { defaultValue: { numerator: 0 } } }]),
  }
}
