/** Who calls whom, and what is tried again. */
export interface CallGraph {
  /** Where requests come in. */
  readonly entry: string
  readonly calls: readonly ServiceCall[]
}

/** What one service asks of another. */
export interface ServiceCall {
  readonly from: string
  readonly to: string
  /** How often for each request that `from` handles, from 0. Default: 1. */
  readonly times?: number
  /** Tries after the first. Default: 0; Envoy's own default with a retry policy is 1, Istio's 2. */
  readonly retries?: number
  /** Tries that race each of those. Default: 0. */
  readonly hedges?: number
}

/** The worst that can come. */
export interface StormReport {
  /** The service that gets the most; of several, the first by name. */
  readonly worst: ServiceStorm
  /** All services that a request can reach, the most burdened first. */
  readonly services: readonly ServiceStorm[]
  /** Requests to all services but the entry, for one that comes in. */
  readonly total: bigint | 'unbounded'
}

/** What one request that comes in can become at one service. */
export interface ServiceStorm {
  readonly service: string
  /** Requests that it gets at worst; `'unbounded'` if a request can come back to a service that has handled it. */
  readonly requests: bigint | 'unbounded'
  /** The same without retries and hedges. */
  readonly usual: bigint | 'unbounded'
  /** The way by which most of them come; to and once around the cycle if they are unbounded. Empty for the entry. */
  readonly path: readonly StormStep[]
  /** How many come by this way. */
  readonly byPath: bigint | 'unbounded'
}

/** One call on the way. */
export interface StormStep {
  readonly from: string
  readonly to: string
  readonly times: number
  /** Tries of each call: (1 + retries) × (1 + hedges). */
  readonly tries: number
}
