import type {
  RouteConfigurationJson,
  RouteMatchJson,
  VirtualHostJson,
} from '@meshwright/route-matcher'
import type { Draw } from '../drawn/draw.ts'
import { type DrawnCondition, drawFurtherCondition, drawPathCondition } from './conditions.ts'
import { drawMatcherTree } from './matcher-tree.ts'
import { namedRoute } from './named-route.ts'

/** What a listener is told beside its routes. */
export interface Edge {
  readonly normalizePath: boolean
  readonly mergeSlashes: boolean
  readonly pathWithEscapedSlashesAction: (typeof slashActions)[number]
  readonly tls: boolean
}

/** A route configuration whose routes answer by their names, with the conditions it was made of. */
export interface DrawnConfiguration {
  readonly edge: Edge
  readonly configuration: RouteConfigurationJson
  readonly conditions: readonly DrawnCondition[]
}

const domains = ['*', 'x', 'x.y', '*.y', '*.x.y', 'x.*', '*y', 'x:80']
const slashActions = [
  'KEEP_UNCHANGED',
  'KEEP_UNCHANGED',
  'REJECT_REQUEST',
  'UNESCAPE_AND_REDIRECT',
  'UNESCAPE_AND_FORWARD',
] as const

/** Draws a configuration of up to eight virtual hosts. */
export function drawConfiguration(draw: Draw): DrawnConfiguration {
  const hosts = domains
    .filter((domain) => domain === '*' || draw.maybe(0.4))
    .map((domain, i) => drawVirtualHost(draw, domain, `h${i}`))
  return {
    edge: {
      normalizePath: draw.maybe(0.5),
      mergeSlashes: draw.maybe(0.5),
      pathWithEscapedSlashesAction: draw.one(slashActions),
      tls: draw.maybe(0.25),
    },
    configuration: {
      name: 'drawn',
      ignorePortInHostMatching: draw.maybe(0.5),
      ignorePathParametersInPathMatching: draw.maybe(0.2),
      virtualHosts: hosts.map(({ host }) => host),
    },
    conditions: hosts.flatMap((it) => it.conditions),
  }
}

interface DrawnHost {
  readonly host: VirtualHostJson
  readonly conditions: readonly DrawnCondition[]
}

function drawVirtualHost(draw: Draw, domain: string, name: string): DrawnHost {
  const tls = draw.maybe(0.08) ? { requireTls: 'ALL' } : {}
  const host = { name, domains: [domain], ...tls }
  if (draw.maybe(0.15)) {
    return { host: { ...host, matcher: drawMatcherTree(draw, name) }, conditions: [] }
  }
  const count = 2 + Math.floor(draw.next() * 12)
  const matches = Array.from({ length: count }, () => drawMatch(draw))
  return {
    host: { ...host, routes: matches.map((it, i) => namedRoute(`${name}/${i}`, merged(it))) },
    conditions: matches.flat(),
  }
}

function drawMatch(draw: Draw): readonly DrawnCondition[] {
  const more = [0.6, 0.2].filter((share) => draw.maybe(share))
  return [drawPathCondition(draw), ...more.map(() => drawFurtherCondition(draw))]
}

/** All of several conditions; of two of a kind that cannot stand beside each other the first. */
function merged(conditions: readonly DrawnCondition[]): RouteMatchJson {
  const headers = conditions.flatMap(({ match }) => match.headers ?? [])
  const matches = conditions.map(({ match }) => match).toReversed()
  return Object.assign({}, ...matches, headers.length > 0 && { headers })
}
