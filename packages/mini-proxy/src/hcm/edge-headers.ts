import type { HeaderList } from '../http/header-list.ts'
import { HeaderNames } from '../http/header-names.ts'

const ownNames = [
  'x-envoy-external-address',
  'x-envoy-internal',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
] as const

type EdgeName = (typeof ownNames)[number]

/** They steer the proxy, and only internal requests may carry them. */
const steeringNames = [
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-ip-tags',
  'x-envoy-original-url',
  'x-envoy-hedge-on-per-try-timeout',
]

/** They say who calls, or what another proxy made of the request. */
const provenanceNames = [
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-host',
  'x-envoy-original-path',
]

const steering = new HeaderNames(steeringNames)
const provenance = new HeaderNames(provenanceNames)
const all = new HeaderNames([...ownNames, ...steeringNames, ...provenanceNames])

/**
 * Those headers of a request that are dealt with where it comes in. Most requests of the outside world carry none of them, as
 * one look at the list tells: they are asked for nothing more. Ask for a name before you set it.
 */
export class EdgeHeaders {
  readonly #headers: HeaderList
  readonly #isBare: boolean

  constructor(headers: HeaderList) {
    this.#headers = headers
    this.#isBare = !all.isIn(headers)
  }

  get(name: EdgeName): string | undefined {
    return this.#isBare ? undefined : this.#headers.get(name)
  }

  has(name: EdgeName): boolean {
    return !this.#isBare && this.#headers.has(name)
  }

  /** `value` is known to be fit for a header. */
  set(name: EdgeName, value: string): void {
    if (this.#isBare) this.#headers.appendClean(name, value)
    else this.#headers.setClean(name, value)
  }

  remove(name: EdgeName): void {
    if (!this.#isBare) this.#headers.remove(name)
  }

  /** Takes out what steers the proxy, which only internal requests may do. */
  removeSteering(): void {
    if (!this.#isBare) steering.removeFrom(this.#headers)
  }

  /** Takes out what says who calls, or what another proxy made of the request. */
  removeProvenance(): void {
    if (!this.#isBare) provenance.removeFrom(this.#headers)
  }
}
