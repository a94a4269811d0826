import type { Snapshot } from '@meshwright/mesh-config'
import type { ClientStatus, XdsServerEvents } from '@meshwright/xds-server'
import { Counter, Gauge, Histogram, type Metric } from './metrics.ts'
import { shortType } from './short-types.ts'

/** What the gauges are read from. */
export interface MetricSources {
  readonly version: string
  readonly clients: () => readonly ClientStatus[]
  readonly snapshot: () => Snapshot | undefined
  readonly uptimeMs: () => number
}

const msPerSecond = 1_000
// Istio's buckets.
const convergenceSeconds = [0.1, 0.5, 1, 3, 5, 10, 20, 30]
const debounceSeconds = [0.01, 0.1, 1, 3, 5, 10, 20, 30]
const sizeBytes = [1, 10_000, 1_000_000, 4_000_000, 10_000_000, 40_000_000]
const rejectTypes = ['cds', 'eds', 'lds', 'rds']

/**
 * The control plane's metrics, under the names that dashboards for istiod know.
 *
 * @see https://istio.io/latest/docs/reference/commands/pilot-discovery/#metrics
 */
export class PilotMetrics {
  readonly #pushes = new Counter('pilot_xds_pushes', 'Responses that were sent, by type.')
  readonly #rejects = new Counter('pilot_total_xds_rejects', 'Responses that clients refused.')
  readonly #expired = new Counter('pilot_xds_expired_nonce', 'Requests with an outdated nonce.')
  readonly #internal = new Counter(
    'pilot_total_xds_internal_errors',
    'Pushes that could not be made.',
  )
  readonly #refused = new Counter(
    'pilot_total_rejected_configs',
    'Changes of the configuration that were refused.',
  )
  readonly #triggers = new Counter('pilot_push_triggers', 'Pushes, by reason.')
  readonly #inbound = new Counter(
    'pilot_inbound_updates',
    'Changes of the configuration that were accepted.',
  )
  readonly #convergence = new Histogram(
    'pilot_proxy_convergence_time',
    'Seconds between a push and the last answer of a proxy to it.',
    convergenceSeconds,
  )
  readonly #debounce = new Histogram(
    'pilot_debounce_time',
    'Seconds that changes waited for more.',
    debounceSeconds,
  )
  readonly #size = new Histogram('pilot_xds_config_size_bytes', 'Bytes of responses.', sizeBytes)
  readonly #metrics: readonly Metric[]

  constructor(sources: MetricSources) {
    const { version } = sources
    this.#rejects.add({}, 0)
    this.#internal.add({}, 0)
    this.#refused.add({}, 0)
    this.#metrics = [
      new Gauge('pilot_info', 'The version of this control plane.', () => [[{ version }, 1]]),
      new Gauge('istiod_uptime_seconds', 'Seconds since the start.', () => [
        [{}, sources.uptimeMs() / msPerSecond],
      ]),
      new Gauge('pilot_xds', 'Clients that are connected.', () => [
        [{ version }, sources.clients().length],
      ]),
      ...rejectTypes.map((type) => rejectGauge(type, sources.clients)),
      ...modelGauges(sources.snapshot),
      this.#pushes,
      this.#rejects,
      this.#expired,
      this.#internal,
      this.#refused,
      this.#triggers,
      this.#inbound,
      this.#convergence,
      this.#debounce,
      this.#size,
    ]
  }

  /** What a discovery server tells, counted. */
  readonly events: Pick<XdsServerEvents, 'sent' | 'rejected' | 'outdated' | 'failed' | 'synced'> = {
    sent: ({ typeUrl, bytes }) => {
      this.#pushes.add({ type: shortType(typeUrl) })
      this.#size.observe(bytes)
    },
    rejected: () => this.#rejects.add(),
    outdated: ({ typeUrl }) => this.#expired.add({ type: shortType(typeUrl) }),
    failed: () => this.#internal.add(),
    synced: ({ durationMs }) => this.#convergence.observe(durationMs / msPerSecond),
  }

  pushed(reason: string): void {
    this.#triggers.add({ type: reason })
  }

  configAccepted(): void {
    this.#inbound.add({ type: 'config' })
  }

  configRefused(): void {
    this.#refused.add()
  }

  debounced(waitedMs: number): void {
    this.#debounce.observe(waitedMs / msPerSecond)
  }

  /** All of them in the Prometheus text format, version 0.0.4. */
  render(): string {
    return this.#metrics.map((metric) => metric.render()).join('')
  }
}

function rejectGauge(type: string, clients: () => readonly ClientStatus[]): Gauge {
  const name = `pilot_xds_${type}_reject`
  return new Gauge(name, `Clients that refuse the ${type} response they were sent last.`, () => {
    const types = clients().flatMap((client) => client.types)
    const refusing = types.filter(
      (it) => it.rejection !== undefined && shortType(it.typeUrl) === type,
    )
    return [[{}, refusing.length]]
  })
}

function modelGauges(snapshot: () => Snapshot | undefined): readonly Gauge[] {
  return [
    new Gauge('pilot_services', 'Services of the mesh.', () => [
      [{}, snapshot()?.services.length ?? 0],
    ]),
    new Gauge('pilot_virt_services', 'Virtual services.', () => [
      [{}, snapshot()?.virtualServices.length ?? 0],
    ]),
    new Gauge('pilot_destrule_subsets', 'Subsets of destination rules.', () => {
      const rules = snapshot()?.destinationRules ?? []
      return [[{}, rules.reduce((sum, { spec }) => sum + (spec.subsets?.length ?? 0), 0)]]
    }),
    new Gauge('pilot_eds_no_instances', 'Services without a healthy endpoint.', () => {
      const services = snapshot()?.services ?? []
      const lacking = services.filter(
        ({ resolution, endpoints }) =>
          resolution === 'static' && !endpoints.some((it) => it.healthy),
      )
      return [[{}, lacking.length]]
    }),
  ]
}
