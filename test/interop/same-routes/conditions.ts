import type { RouteMatchJson } from '@meshwright/route-matcher'
import { type Draw, values } from '../drawn/draw.ts'

/** One condition of a route match, and what kind it is: what the comparison reports to have seen true and false. */
export interface DrawnCondition {
  readonly kind: string
  readonly match: RouteMatchJson
}

const pathRegexes = ['/a.*', '/[ab]+', '/a|/b', '/ab?', '/api/v\\d+', '.*c', '/(ab)*c?', '(?i)/A.*']
const valueRegexes = ['a+', '[ab]{2}', '.*b', '\\d+', 'a|ba', '(?i)AB?']
const templates = [
  '/a/*',
  '/{x}/b',
  '/a/**',
  '/{x=**}/c',
  '/api/{v=v1}/*',
  '/**.c',
  '/*/b/{rest=**}',
]

/** A string matcher, and its kind. */
export function drawText(draw: Draw): { kind: string; matcher: object } {
  const kind = draw.one(['exact', 'exact', 'prefix', 'suffix', 'contains', 'safeRegex'])
  // The copy of this message in the matcher trees asks for the engine by name.
  const regex = { googleRe2: {}, regex: draw.one(valueRegexes) }
  if (kind === 'safeRegex') return { kind, matcher: { safeRegex: regex } }
  const literal = kind === 'exact' ? draw.one(values) : draw.one(['a', 'b', 'A', '5', 'ba'])
  const fold = draw.maybe(0.25)
  return {
    kind: fold ? `${kind} ignoreCase` : kind,
    matcher: { [kind]: literal, ...(fold && { ignoreCase: true }) },
  }
}

/** The one condition on the path. */
export function drawPathCondition(draw: Draw): DrawnCondition {
  const regex = draw.one(pathRegexes)
  const template = draw.one(templates)
  const fold = draw.maybe(0.2)
  const literal = (kind: string, path: string): DrawnCondition => ({
    kind: fold ? `${kind} caseInsensitive` : kind,
    match: { [kind]: path, ...(fold && { caseSensitive: false }) },
  })
  const prefix = draw.maybe(0.2) ? '/' : draw.path(3)
  const kinds: readonly (readonly [number, DrawnCondition])[] = [
    [0.3, literal('prefix', prefix)],
    [0.5, literal('path', draw.path(2))],
    [0.65, literal('pathSeparatedPrefix', draw.path(2))],
    [0.8, { kind: 'safeRegex', match: { safeRegex: { regex } } }],
    [0.94, { kind: 'pathMatchPolicy', match: { pathMatchPolicy: uriTemplate(template) } }],
    [1, { kind: 'connectMatcher', match: { connectMatcher: {} } }],
  ]
  return oneOf(draw, kinds)
}

/** A condition on anything else. */
export function drawFurtherCondition(draw: Draw): DrawnCondition {
  const kinds = [
    [0.5, drawHeader],
    [0.65, drawQuery],
    [0.75, drawCookie],
    [0.8, () => ({ kind: 'grpc', match: { grpc: {} } })],
    [0.87, drawMetadata],
    [0.93, drawFilterState],
    [0.97, drawTlsContext],
    [1, drawFraction],
  ] as const satisfies readonly (readonly [number, (draw: Draw) => DrawnCondition])[]
  return oneOf(draw, kinds)(draw)
}

/** The first whose share is above a draw. */
function oneOf<T>(draw: Draw, kinds: readonly (readonly [number, T])[]): T {
  const value = draw.next()
  const found = kinds.find(([share]) => value < share) ?? kinds.at(-1)
  if (found === undefined) throw new Error('nothing to choose from')
  return found[1]
}

function drawFlags(draw: Draw, share: number, ...names: string[]) {
  const given = names.filter(() => draw.maybe(share))
  return {
    kind: given.map((it) => ` ${it}`).join(''),
    matcher: Object.fromEntries(given.map((it) => [it, true])),
  }
}

function drawHeader(draw: Draw): DrawnCondition {
  const invert = drawFlags(draw, 0.25, 'invertMatch', 'treatMissingHeaderAsEmpty')
  const name = draw.one(['h1', 'h1', 'h2'])
  const kind = draw.next()
  const header = (said: string, test: object): DrawnCondition => ({
    kind: `header ${said}${invert.kind}`,
    match: { headers: [{ name, ...test, ...invert.matcher }] },
  })
  if (kind < 0.5) {
    const { kind: said, matcher } = drawText(draw)
    return header(said, { stringMatch: matcher })
  }
  if (kind < 0.65) {
    const presentMatch = draw.maybe(0.7)
    return header(`presentMatch ${presentMatch}`, { presentMatch })
  }
  if (kind < 0.8) return header('rangeMatch', { rangeMatch: { start: '-6', end: '8' } })
  return drawPseudoHeader(draw)
}

function drawPseudoHeader(draw: Draw): DrawnCondition {
  const [name, stringMatch] = draw.one([
    [':method', { exact: draw.one(['GET', 'PUT']) }],
    [':authority', draw.one([{ exact: 'x' }, { prefix: 'x' }, { suffix: 'y' }])],
    [':path', { prefix: draw.path(1) }],
    [':scheme', { exact: draw.one(['http', 'https']) }],
  ] as const)
  return { kind: `header ${name}`, match: { headers: [{ name, stringMatch }] } }
}

function drawQuery(draw: Draw): DrawnCondition {
  const name = draw.one(['q', 'r'])
  if (draw.maybe(0.3)) {
    const presentMatch = draw.maybe(0.7)
    return {
      kind: `query presentMatch ${presentMatch}`,
      match: { queryParameters: [{ name, presentMatch }] },
    }
  }
  const { kind, matcher } = drawText(draw)
  return { kind: `query ${kind}`, match: { queryParameters: [{ name, stringMatch: matcher }] } }
}

function drawCookie(draw: Draw): DrawnCondition {
  const { kind, matcher } = drawText(draw)
  const invert = drawFlags(draw, 0.3, 'invertMatch')
  const name = draw.one(['c', 'd'])
  return {
    kind: `cookie ${kind}${invert.kind}`,
    match: { cookies: [{ name, stringMatch: matcher, ...invert.matcher }] },
  }
}

function drawMetadata(draw: Draw): DrawnCondition {
  const invert = drawFlags(draw, 0.3, 'invert')
  const stringMatch = drawText(draw).matcher
  const tests = {
    stringMatch,
    presentMatch: true,
    doubleMatch: draw.maybe(0.5) ? { exact: 5 } : { range: { start: 1, end: 5.5 } },
    boolMatch: true,
    listMatch: { oneOf: { stringMatch } },
    orMatch: { valueMatchers: [{ stringMatch }, { boolMatch: true }] },
  }
  const [kind, test] = draw.one(Object.entries(tests))
  const path = [{ key: 'm' }]
  return {
    kind: `dynamicMetadata ${kind}${invert.kind}`,
    match: {
      dynamicMetadata: [{ filter: 'drawn', path, value: { [kind]: test }, ...invert.matcher }],
    },
  }
}

function drawFilterState(draw: Draw): DrawnCondition {
  const stringMatch = drawText(draw).matcher
  return { kind: 'filterState', match: { filterState: [{ key: 'drawn.fs', stringMatch }] } }
}

function drawTlsContext(draw: Draw): DrawnCondition {
  const [name, value] = draw.one([
    ['presented', true],
    ['presented', false],
    ['validated', true],
  ] as const)
  return { kind: `tlsContext ${name} ${value}`, match: { tlsContext: { [name]: value } } }
}

function drawFraction(draw: Draw): DrawnCondition {
  const numerator = draw.one([0, 100])
  return {
    kind: `runtimeFraction ${numerator}`,
    match: { runtimeFraction: { defaultValue: { numerator } } },
  }
}

function uriTemplate(pathTemplate: string): object {
  return {
    name: 'envoy.path.match.uri_template.uri_template_matcher',
    typedConfig: {
      '@type':
        'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
      pathTemplate,
    },
  }
}
