import type { Counter, StatsScope } from '../stats/stats.ts'

/** The counters of one status, made when it first comes: of the five hundred that there could be, few are. */
interface StatusCounters {
  readonly status: number
  readonly ofClass: Counter
  readonly ofStatus: Counter
}

/** Counts responses by status under Envoy's names: `upstream_rq_completed`, `upstream_rq_2xx`, `upstream_rq_200`. */
export class ResponseCounters {
  readonly #scope: StatsScope
  readonly #completed: Counter
  readonly #byStatus = new Map<number, StatusCounters>()
  /** Most answers have the status of the one before. */
  #latest: StatusCounters | undefined

  constructor(scope: StatsScope) {
    this.#scope = scope
    this.#completed = scope.counter('upstream_rq_completed')
  }

  /** @param status from 100 to 599 */
  count(status: number): void {
    let counters = this.#latest
    if (counters?.status !== status) {
      counters = this.#countersOf(status)
      this.#latest = counters
    }
    this.#completed.inc()
    counters.ofClass.inc()
    counters.ofStatus.inc()
  }

  #countersOf(status: number): StatusCounters {
    const known = this.#byStatus.get(status)
    if (known !== undefined) return known
    const made: StatusCounters = {
      status,
      ofClass: this.#scope.counter(`upstream_rq_${Math.floor(status / 100)}xx`),
      ofStatus: this.#scope.counter(`upstream_rq_${status}`),
    }
    this.#byStatus.set(status, made)
    return made
  }
}
