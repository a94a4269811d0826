import type { SubsetFallback, SubsetOptions, SubsetSelector } from '@meshwright/lb-algorithms'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { SubsetJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/subset/v3'

/** Reads how hosts make subsets: a cluster's older form, or the policy, which has fields more. */
export function compileSubsets(
  json: NonNullable<ClusterJson['lbSubsetConfig']> | SubsetJson,
): Omit<SubsetOptions<never>, 'create'> {
  return {
    selectors: (json.subsetSelectors ?? []).map(compileSelector),
    fallback: fallbacks[json.fallbackPolicy ?? ''] ?? 'none',
    defaultSubset: json.defaultSubset ?? {},
    listAsAny: json.listAsAny ?? false,
    panicModeAny: json.panicModeAny ?? false,
    allowRedundantKeys: 'allowRedundantKeys' in json && json.allowRedundantKeys === true,
    localityWeightAware: json.localityWeightAware ?? false,
    scaleLocalityWeight: json.scaleLocalityWeight ?? false,
    metadataFallbackList: json.metadataFallbackPolicy === 'FALLBACK_LIST',
  }
}

type SelectorJson = NonNullable<SubsetJson['subsetSelectors']>[number]

const fallbacks: Readonly<Record<string, SubsetFallback | undefined>> = {
  ANY_ENDPOINT: 'any-endpoint',
  DEFAULT_SUBSET: 'default-subset',
}

function compileSelector(json: SelectorJson): SubsetSelector {
  const fallback = selectorFallbacks[json.fallbackPolicy ?? '']
  return {
    // Envoy makes a set of them.
    keys: [...new Set(json.keys)],
    singleHostPerSubset: json.singleHostPerSubset ?? false,
    ...(fallback !== undefined && { fallback }),
    fallbackKeys: [...new Set(json.fallbackKeysSubset)],
  }
}

const selectorFallbacks: Readonly<Record<string, SubsetSelector['fallback']>> = {
  ...fallbacks,
  NO_FALLBACK: 'none',
  KEYS_SUBSET: 'keys',
}
