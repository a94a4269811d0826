import type { OutlierOptions } from '@meshwright/circuit-breaker'
import type { HostSetOptions } from '@meshwright/lb-algorithms'
import { AdapterError } from '../errors.ts'

/** What a policy may be told in `loadBalancingConfig` of a service config, beside options of its own. */
export interface PolicyJson {
  /** Metadata whose first value ring hash and Maglev hash. Without it they take any host. */
  readonly hashHeader?: string
  /** Weights by address, `10.0.0.1:50051`; they win over `endpointWeight` of an endpoint. Default: 1. */
  readonly weights?: Readonly<Record<string, number>>
  /** When hosts that fail are left out for a while. Default: never. */
  readonly outlierDetection?: OutlierOptions
  /** Panic threshold and the like. */
  readonly hostSet?: HostSetOptions
}

/** A config that was read, and the options of its policy. */
export interface PolicyConfig extends PolicyJson {
  readonly options: Readonly<Record<string, unknown>>
  /** The whole, to tell whether it is another one. */
  readonly text: string
}

/**
 * Reads a config; whether its values make sense is seen when the policy is made.
 *
 * @throws {AdapterError} `ERR_LB_ADAPTERS_POLICY` if a field is of the wrong kind
 */
export function readPolicyConfig(json: unknown): PolicyConfig {
  const {
    hashHeader,
    weights = {},
    outlierDetection,
    hostSet,
    ...options
  } = objectIn('config', json)
  if (hashHeader !== undefined && typeof hashHeader !== 'string') {
    throw wrong('hashHeader', 'a string', hashHeader)
  }
  const weightOf: Record<string, number> = {}
  for (const [address, weight] of Object.entries(objectIn('weights', weights))) {
    if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 1) {
      throw wrong(`weights.${address}`, 'an integer of at least 1', weight)
    }
    weightOf[address] = weight
  }
  return {
    ...(hashHeader !== undefined && { hashHeader: hashHeader.toLowerCase() }),
    weights: weightOf,
    ...(outlierDetection !== undefined && {
      outlierDetection: objectIn('outlierDetection', outlierDetection),
    }),
    ...(hostSet !== undefined && { hostSet: objectIn('hostSet', hostSet) }),
    options,
    text: JSON.stringify(json),
  }
}

function objectIn(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    // An object has entries by name, whatever they are.
    return value as Readonly<Record<string, unknown>>
  }
  throw wrong(what, 'an object', value)
}

function wrong(what: string, expected: string, got: unknown): AdapterError {
  const text = `${what}: expected ${expected}, got ${JSON.stringify(got)}`
  return new AdapterError('ERR_LB_ADAPTERS_POLICY', text)
}
