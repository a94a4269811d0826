import type { MaglevOptions, RingHashOptions } from '@meshwright/lb-algorithms'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'

/** A policy that keeps what hashes alike at one host. */
export type ConsistentHashing =
  | { readonly kind: 'ring-hash'; readonly options: RingHashOptions }
  | { readonly kind: 'maglev'; readonly options: MaglevOptions }

/** The fields of a cluster, of `RingHash` or of `Maglev` that say how to hash. */
export interface HashingFields {
  readonly minimumRingSize?: string | number
  readonly maximumRingSize?: string | number
  readonly hashFunction?: string
  readonly tableSize?: string | number
  readonly useHostnameForHashing?: boolean
  readonly hashBalanceFactor?: number
  readonly consistentHashingLbConfig?: {
    readonly useHostnameForHashing?: boolean
    readonly hashBalanceFactor?: number
  }
}

/** The fields of a cluster's older form. */
export function hashingFields(
  cluster: ClusterJson,
  kind: ConsistentHashing['kind'],
): HashingFields {
  const { consistentHashingLbConfig } = cluster.commonLbConfig ?? {}
  const { minimumRingSize, maximumRingSize, hashFunction } = cluster.ringHashLbConfig ?? {}
  const { tableSize } = cluster.maglevLbConfig ?? {}
  const own = kind === 'maglev' ? { tableSize } : { minimumRingSize, maximumRingSize, hashFunction }
  return {
    ...withoutUndefined(own),
    ...(consistentHashingLbConfig && { consistentHashingLbConfig }),
  }
}

/** Reads ring hash or Maglev. The hashing options of the cluster or policy win over older fields of the same names. */
export function compileHashing(
  kind: ConsistentHashing['kind'],
  fields: HashingFields,
): ConsistentHashing {
  const { consistentHashingLbConfig: common = {} } = fields
  const shared = {
    useHostname: common.useHostnameForHashing ?? fields.useHostnameForHashing ?? false,
    balanceFactor: common.hashBalanceFactor ?? fields.hashBalanceFactor ?? 0,
  }
  return kind === 'maglev' ? maglevOf(fields, shared) : ringOf(fields, shared)
}

type Shared = Required<Pick<RingHashOptions, 'useHostname' | 'balanceFactor'>>

function ringOf(fields: HashingFields, shared: Shared): ConsistentHashing {
  const { minimumRingSize, maximumRingSize, hashFunction } = fields
  return {
    kind: 'ring-hash',
    options: {
      ...shared,
      hashFunction: hashFunction === 'MURMUR_HASH_2' ? 'murmurHash2' : 'xxHash64',
      ...(minimumRingSize !== undefined && { minRingSize: Number(minimumRingSize) }),
      ...(maximumRingSize !== undefined && { maxRingSize: Number(maximumRingSize) }),
    },
  }
}

function maglevOf({ tableSize }: HashingFields, shared: Shared): ConsistentHashing {
  const size = tableSize === undefined ? {} : { tableSize: Number(tableSize) }
  return { kind: 'maglev', options: { ...shared, ...size } }
}

function withoutUndefined<T extends object>(
  fields: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
