import type { HostMonitor } from '@meshwright/circuit-breaker'
import type { ClusterHost } from './cluster-options.ts'

/** One request on its way to one host: tell what comes of it, and when it is over. */
export interface Attempt {
  readonly host: ClusterHost
  /** The host is reached; the answer is still to come. */
  connected(): void
  /** The status of its answer. */
  answered(status: number): void
  /** It was not reached or broke off, or gave no answer in time. */
  failed(why: 'connect-failed' | 'local-timeout'): void
  /** Nothing more will come. Again: nothing happens. */
  end(): void
}

/** A host and how it has done. */
export interface MonitoredHost extends ClusterHost {
  activeRequests: number
  readonly monitor: HostMonitor<MonitoredHost> | undefined
}

/** Counts a request of a host from its making to its end. */
export class RunningAttempt implements Attempt {
  readonly host: MonitoredHost
  readonly #now: () => number
  readonly #onEnd: () => void
  #ended = false

  constructor(host: MonitoredHost, now: () => number, onEnd: () => void) {
    this.host = host
    this.#now = now
    this.#onEnd = onEnd
    host.activeRequests += 1
  }

  connected(): void {
    this.host.monitor?.record('connected', this.#now())
  }

  answered(status: number): void {
    this.host.monitor?.httpStatus(status, this.#now())
  }

  failed(why: 'connect-failed' | 'local-timeout'): void {
    this.host.monitor?.record(why, this.#now())
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.host.activeRequests -= 1
    this.#onEnd()
  }
}
