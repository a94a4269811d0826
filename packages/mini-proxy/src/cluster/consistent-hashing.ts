import {
  HostSetError,
  hostSet,
  type MaglevOptions,
  maglev,
  type RingHashOptions,
  ringHash,
} from '@meshwright/lb-algorithms'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { refuse } from '../errors.ts'

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

/**
 * Reads ring hash or Maglev.
 *
 * @throws {ProxyError} on sizes that no ring or table can have
 */
export function compileHashing(
  kind: ConsistentHashing['kind'],
  fields: HashingFields,
  warnings: string[],
): ConsistentHashing {
  const { consistentHashingLbConfig: common = {} } = fields
  const useHostname = common.useHostnameForHashing ?? fields.useHostnameForHashing ?? false
  if ((common.hashBalanceFactor ?? fields.hashBalanceFactor ?? 0) > 0) {
    warnings.push('hash_balance_factor is accepted but does nothing: hosts may be loaded unevenly')
  }
  const plan = kind === 'maglev' ? maglevOf(fields, useHostname) : ringOf(fields, useHostname)
  try {
    tableOf(plan)
  } catch (error) {
    if (!(error instanceof HostSetError)) throw error
    refuse(`lb_policy ${kind}: ${error.message}`)
  }
  return plan
}

/** A table without hosts: whether its sizes are in order is known then. */
function tableOf(plan: ConsistentHashing): unknown {
  const none = hostSet<never>([], {})
  return plan.kind === 'maglev' ? maglev(none, plan.options) : ringHash(none, plan.options)
}

function ringOf(fields: HashingFields, useHostname: boolean): ConsistentHashing {
  const { minimumRingSize, maximumRingSize, hashFunction } = fields
  return {
    kind: 'ring-hash',
    options: {
      useHostname,
      hashFunction: hashFunction === 'MURMUR_HASH_2' ? 'murmurHash2' : 'xxHash64',
      ...(minimumRingSize !== undefined && { minRingSize: Number(minimumRingSize) }),
      ...(maximumRingSize !== undefined && { maxRingSize: Number(maximumRingSize) }),
    },
  }
}

function maglevOf({ tableSize }: HashingFields, useHostname: boolean): ConsistentHashing {
  const size = tableSize === undefined ? {} : { tableSize: Number(tableSize) }
  return { kind: 'maglev', options: { useHostname, ...size } }
}

function withoutUndefined<T extends object>(
  fields: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
