import {
  type ClusterActionBase,
  compileClusterAction,
  withCluster,
} from '../action/compile-cluster-action.ts'
import {
  compileHeaderMutations,
  type LevelMutations,
  usedLevels,
} from '../action/compile-header-mutations.ts'
import { type CorsPolicy, compileCors } from '../action/cors-policy.ts'
import { compileDirectResponse } from '../action/direct-response.ts'
import {
  checkFilterConfigs,
  corsFilter,
  type FilterLevel,
  filterConfigsOf,
  filterSettings,
} from '../action/filter-configs.ts'
import { compileHostRewrite, type HostRewrite, keepsHost } from '../action/host-rewrite.ts'
import { compileRedirect } from '../action/redirect.ts'
import { compilePathRewrite, keepsPath, type PathRewrite } from '../action/rewrite.ts'
import { compileWeights } from '../action/weights.ts'
import type { ClusterWeightJson } from '../config/action-config.ts'
import type { RouteActionJson } from '../config/config.ts'
import { fault } from '../config/findings.ts'
import { oneOf } from '../config/one-of.ts'
import { firstHeaderValue, type Subject } from '../request/subject.ts'
import type { Match } from './match.ts'
import { oncePerHost } from './once-per-host.ts'
import { mutationLevels, type RouteContext } from './route-context.ts'
import { type MatchParts, RouteMatch } from './route-match.ts'
import type { Scope } from './scope.ts'

interface Answer {
  (subject: Subject): Match | undefined
  /** The match, if it is the same for every request. */
  readonly fixed?: Match
}

/** Compiles a route's action to a function that makes the match of a request. */
export function compileOutcome(context: RouteContext, scope: Scope): Answer {
  const { route, path } = context
  oneOf(route, actions, path, scope.findings)
  if (route.route !== undefined) return clusterAnswer(route.route, context, scope)
  const parts = matchParts(context, scope, {})
  if (route.redirect !== undefined) {
    const at = `${path}.redirect`
    const redirect = compileRedirect(route.redirect, context.matched, at, scope.findings)
    return ({ request }) =>
      new RouteMatch(parts, {
        kind: 'redirect',
        status: redirect.status,
        location: redirect.location(request),
      })
  }
  return always(new RouteMatch(parts, localAction(context, scope)))
}

const actions = ['route', 'redirect', 'directResponse', 'nonForwardingAction'] as const

/** The size of a direct response's body if the configuration sets none; Envoy's own. */
const defaultMaxBodyBytes = 4096

function localAction(
  { route, path }: RouteContext,
  { configuration, findings }: Scope,
): Match['action'] {
  if (route.directResponse === undefined) return { kind: 'non-forwarding' }
  const maxBytes = configuration.maxDirectResponseBodySizeBytes ?? defaultMaxBodyBytes
  return compileDirectResponse(route.directResponse, maxBytes, `${path}.directResponse`, findings)
}

function clusterAnswer(action: RouteActionJson, context: RouteContext, scope: Scope): Answer {
  const path = `${context.path}.route`
  const base = compileClusterAction(action, path, scope)
  const { findings } = scope
  const rewrites = {
    path: compilePathRewrite(action, context.matched, path, findings),
    host: compileHostRewrite(action, path, findings),
  }
  const shared = { base, rewrites, context, scope }
  const { cluster, clusterHeader, weightedClusters } = action
  oneOf(action, specifiers, path, findings)
  if (weightedClusters !== undefined) {
    const at = `${path}.weightedClusters`
    const choose = compileWeights(weightedClusters, base.hashPolicies, at, scope.findings)
    const answers = (weightedClusters.clusters ?? []).map((weight, i) =>
      oneCluster(shared, weight, `${at}.clusters[${i}]`),
    )
    return (subject) => answers[choose(subject)]?.(subject)
  }
  return oneCluster(shared, { name: cluster ?? '', clusterHeader: clusterHeader ?? '' }, path)
}

const specifiers = ['cluster', 'clusterHeader', 'weightedClusters'] as const

interface ClusterContext {
  readonly base: ClusterActionBase
  readonly rewrites: { readonly path: PathRewrite; readonly host: HostRewrite }
  readonly context: RouteContext
  readonly scope: Scope
}

/** The answer for a cluster of fixed name, made once, or for one that a header names, made each time. */
function oneCluster(
  { base, rewrites, context, scope }: ClusterContext,
  weight: ClusterWeightJson,
  path: string,
): Answer {
  const { findings } = scope
  // A route without weights has no such level: its own header fields belong to the route.
  const weightMutations = compileHeaderMutations(weight, path, findings)
  checkFilterConfigs(weight, path, findings)
  const parts = matchParts(context, scope, {
    weight,
    weightMutations,
    rewritePath: rewrites.path,
    rewriteHost: rewrites.host,
    clusterHost: weight.hostRewriteLiteral || undefined,
  })
  const levels = requestLevels(context, scope, weightMutations)
  const { name = '', clusterHeader = '' } = weight
  if ((name === '') === (clusterHeader === '')) {
    const got = name === '' ? 'neither' : 'both'
    fault(findings, path, `expected the name of a cluster or of a header that names it, got ${got}`)
  }
  if (name !== '') {
    scope.clusters.add(name)
    return always(new RouteMatch(parts, withCluster(base, name, weight.metadataMatch, levels)))
  }
  const header = clusterHeader.toLowerCase()
  return ({ request }) => {
    const cluster = firstHeaderValue(request, header) ?? ''
    return new RouteMatch(parts, withCluster(base, cluster, weight.metadataMatch, levels))
  }
}

function always(match: Match): Answer {
  return Object.assign(() => match, { fixed: match })
}

function corsOf(
  { route, path }: RouteContext,
  scope: Scope,
  weight: ClusterWeightJson | undefined,
): CorsPolicy | undefined {
  if (!speaksOfCors(route) && !speaksOfCors(weight) && route.route?.cors === undefined) {
    return corsOfHost(scope)
  }
  return compileCorsOf(filterConfigsOf(route, scope, weight), path, scope)
}

const corsOfHost = oncePerHost((scope) =>
  compileCorsOf(filterConfigsOf({}, scope, undefined), scope.virtualHostPath, scope),
)

function compileCorsOf(
  configs: MatchParts['typedPerFilterConfig'],
  path: string,
  { findings }: Scope,
): CorsPolicy | undefined {
  const settings = filterSettings(configs.get(corsFilter))
  if (settings === undefined || settings.disabled || settings.configs.length === 0) return undefined
  return compileCors(settings.configs, `${path}: CORS policy`, findings)
}

function speaksOfCors(level: FilterLevel | undefined): boolean {
  const configs = level?.typedPerFilterConfig
  return configs !== undefined && Object.hasOwn(configs, corsFilter)
}

interface OwnParts {
  readonly weight?: ClusterWeightJson
  readonly weightMutations?: LevelMutations
  readonly rewritePath?: MatchParts['rewritePath']
  readonly rewriteHost?: MatchParts['rewriteHost']
  readonly clusterHost?: MatchParts['clusterHost']
}

function matchParts(context: RouteContext, scope: Scope, own: OwnParts): MatchParts {
  const { route, info } = context
  const typedPerFilterConfig = filterConfigsOf(route, scope, own.weight)
  return {
    virtualHost: scope.virtualHostInfo,
    route: info,
    responseHeaders: usedLevels(mutationLevels(context, scope, own.weightMutations), 'response'),
    typedPerFilterConfig,
    cors: route.route === undefined ? undefined : corsOf(context, scope, own.weight),
    rewritePath: own.rewritePath ?? keepsPath,
    rewriteHost: own.rewriteHost ?? keepsHost,
    clusterHost: own.clusterHost,
  }
}

function requestLevels(
  context: RouteContext,
  scope: Scope,
  weight: LevelMutations,
): ReturnType<typeof usedLevels> {
  return usedLevels(mutationLevels(context, scope, weight), 'request')
}
