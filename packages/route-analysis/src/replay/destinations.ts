import {
  type CompileOptions,
  compileRoutes,
  type Match,
  type Request,
  type RouteConfigurationJson,
  type RouteTable,
} from '@meshwright/route-matcher'
import { answersOf, fractionRules, weightRules } from '../draws/draw-rules.ts'
import { anyDraw, type Draw, type DrawRule, representativeDraws } from '../draws/draws.ts'

/** Where a request may go, over all draws. */
export interface Destination {
  /** Shares of the draws, 0 to 1, by place: `cluster v1`, `redirect 301 to /x`, `direct response 200`, `no route`. */
  readonly places: ReadonlyMap<string, number>
  /** In words, the same for all requests of one class: no locations of redirects. */
  readonly label: string
  /** Names of the routes that it may take; empty for routes without one. */
  readonly routes: ReadonlySet<string>
}

/** Says of requests where a configuration sends them. */
export class Destinations {
  readonly #table: RouteTable
  readonly #hosts: ReadonlyMap<string, HostDraws>
  readonly #anyHost: readonly Draw[]

  constructor(configuration: RouteConfigurationJson, options: CompileOptions) {
    this.#table = compileRoutes(configuration, options)
    const { virtualHosts = [] } = configuration
    const fractions = virtualHosts.map((host, i) => fractionRules(host, this.#table, i))
    this.#hosts = new Map(
      virtualHosts.map((host, i) => {
        const weights = answersOf(this.#table, i).map(weightRules)
        const own = fractions[i] ?? []
        const all = drawsOf(own.length === 0 ? [] : [...own, ...weights.flat()])
        return [host.name ?? '', { all, routes: weights.map(drawsOf) }]
      }),
    )
    this.#anyHost = drawsOf(fractions.flat())
  }

  /** Where the request goes. Costs one match, and one more for each draw that could make a difference. */
  of(request: Request): Destination {
    const first = this.#table.match(request, { random: 0 })
    const draws = this.#drawsFor(first)
    if (draws.length === 1) return single(first)
    const shares = new Map<string, number>()
    const labels = new Map<string, number>()
    const routes = new Set<string>()
    for (const { random, share } of draws) {
      const match = this.#table.match(request, { random })
      const { place, label } = placeOf(match)
      shares.set(place, (shares.get(place) ?? 0) + share)
      labels.set(label, (labels.get(label) ?? 0) + share)
      routes.add(match?.route.name ?? '')
    }
    return { places: shares, label: labelOf(labels), routes }
  }

  #drawsFor(match: Match | undefined): readonly Draw[] {
    if (match === undefined) return this.#anyHost
    const host = this.#hosts.get(match.virtualHost.name)
    if (host === undefined || host.all.length > 1) return host?.all ?? anyDraw
    return host.routes[match.route.index] ?? anyDraw
  }
}

interface HostDraws {
  /** For a host whose routes depend on the draw. */
  readonly all: readonly Draw[]
  /** Per route, if only the choice of its cluster depends on it. */
  readonly routes: readonly (readonly Draw[])[]
}

function drawsOf(rules: readonly DrawRule[]): readonly Draw[] {
  return rules.length === 0 ? anyDraw : representativeDraws(rules)
}

function single(match: Match | undefined): Destination {
  const { place, label } = placeOf(match)
  return { places: new Map([[place, 1]]), label, routes: new Set([match?.route.name ?? '']) }
}

function placeOf(match: Match | undefined): { readonly place: string; readonly label: string } {
  if (match === undefined) return { place: 'no route', label: 'no route' }
  const { action } = match
  switch (action.kind) {
    case 'cluster':
      return same(`cluster ${action.cluster}`)
    case 'redirect': {
      const label = `redirect ${action.status}`
      return { place: `${label} to ${action.location}`, label }
    }
    case 'direct-response':
      return same(`direct response ${action.status}`)
    case 'non-forwarding':
      return same('not forwarded')
  }
}

function same(place: string): { readonly place: string; readonly label: string } {
  return { place, label: place }
}

/** `cluster v1 90 %, cluster v2 10 %`; without a share if there is but one. */
function labelOf(labels: ReadonlyMap<string, number>): string {
  if (labels.size === 1) return [...labels.keys()].join()
  return [...labels]
    .map(([label, share]) => `${label} ${Number((share * 100).toFixed(2))} %`)
    .join(', ')
}
