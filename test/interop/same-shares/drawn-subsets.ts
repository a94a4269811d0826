import type { Draw } from '../same-hosts/draw.ts'

/** A cluster with subsets, drawn, and what requests ask of it. */
export interface DrawnSubsets {
  readonly name: string
  readonly cluster: object
  /** Metadata of one route each. */
  readonly matches: readonly object[]
}

const keys = ['version', 'stage', 'tier'] as const
const values: Readonly<Record<(typeof keys)[number], readonly unknown[]>> = {
  version: ['v1', 'v2', ['v1', 'v3'], 7, true],
  stage: ['prod', 'test'],
  tier: ['gold', 'tin'],
}

/** Four to seven of `ports` with drawn metadata, and a drawn subset configuration. */
export function drawSubsets(index: number, draw: Draw, ports: readonly number[]): DrawnSubsets {
  const name = `subsets-${index}`
  const count = 4 + draw.below(4)
  const lbEndpoints = ports.slice(0, count).map((portValue) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
    metadata: { filterMetadata: { 'envoy.lb': drawMetadata(draw, 4) } },
    ...(draw.below(6) === 0 && { healthStatus: 'UNHEALTHY' }),
  }))
  const config = drawConfig(draw)
  const policy = draw.below(3) === 0 ? asPolicy(config, draw) : { lbSubsetConfig: config }
  return {
    name,
    cluster: {
      name,
      type: 'STATIC',
      connectTimeout: '5s',
      loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
      commonLbConfig: { healthyPanicThreshold: { value: draw.one([0, 50]) } },
      ...policy,
    },
    matches: Array.from({ length: 10 }, (_, i) => (i === 0 ? {} : drawMatch(draw, config))),
  }
}

function asPolicy(config: object, draw: Draw): object {
  const of = (type: string, more: object): object => ({
    policies: [
      {
        typedExtensionConfig: {
          name: type,
          typedConfig: {
            '@type': `type.googleapis.com/envoy.extensions.load_balancing_policies.${type}`,
            ...more,
          },
        },
      },
    ],
  })
  return {
    loadBalancingPolicy: of('subset.v3.Subset', {
      ...config,
      allowRedundantKeys: draw.below(2) === 0,
      subsetLbPolicy: of('round_robin.v3.RoundRobin', {}),
    }),
  }
}

function drawConfig(draw: Draw): object {
  const sets = [
    ['version'],
    ['stage'],
    ['version', 'stage'],
    ['version', 'stage', 'tier'],
    ['tier'],
  ]
  const selectors = sets.filter(() => draw.below(2) === 0).map((it) => drawSelector(it, draw))
  return {
    fallbackPolicy: draw.one(['NO_FALLBACK', 'ANY_ENDPOINT', 'DEFAULT_SUBSET']),
    defaultSubset: drawMetadata(draw, 2),
    subsetSelectors: selectors.length > 0 ? selectors : [{ keys: ['version'] }],
    listAsAny: draw.below(2) === 0,
    panicModeAny: draw.below(3) === 0,
    ...(draw.below(3) === 0 && { metadataFallbackPolicy: 'FALLBACK_LIST' }),
  }
}

function drawSelector(own: readonly string[], draw: Draw): object {
  const all = ['NOT_DEFINED', 'NO_FALLBACK', 'ANY_ENDPOINT', 'DEFAULT_SUBSET']
  const fallbackPolicy = draw.one(own.length > 1 ? [...all, 'KEYS_SUBSET'] : all)
  return {
    keys: own,
    fallbackPolicy,
    ...(fallbackPolicy === 'KEYS_SUBSET' && {
      fallbackKeysSubset: own.slice(0, 1 + draw.below(own.length - 1)),
    }),
    ...(own.length === 1 && draw.below(6) === 0 && { singleHostPerSubset: true }),
  }
}

/** Each key with a chance of so many fifths. */
function drawMetadata(draw: Draw, fifths: number): Record<string, unknown> {
  const chosen = keys.filter(() => draw.below(5) < fifths)
  return Object.fromEntries(chosen.map((key) => [key, draw.one(values[key])]))
}

function drawMatch(draw: Draw, config: object): object {
  const match = drawMetadata(draw, 3)
  if (!('metadataFallbackPolicy' in config) || draw.below(2) === 0) return match
  return { ...match, fallback_list: [drawMetadata(draw, 2), drawMetadata(draw, 1)] }
}
