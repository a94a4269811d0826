import type { Counter, StatsScope } from '../stats/stats.ts'

/** Counts responses by status under Envoy's names: `upstream_rq_completed`, `upstream_rq_2xx`, `upstream_rq_200`. */
export class ResponseCounters {
  readonly #scope: StatsScope
  readonly #completed: Counter
  /** Made when first needed: of the five hundred that there could be, few are. */
  readonly #byClass: Counter[] = []
  readonly #byStatus = new Map<number, Counter>()

  constructor(scope: StatsScope) {
    this.#scope = scope
    this.#completed = scope.counter('upstream_rq_completed')
  }

  /** @param status from 100 to 599 */
  count(status: number): void {
    this.#completed.inc()
    const digit = Math.floor(status / 100)
    this.#byClass[digit] ??= this.#scope.counter(`upstream_rq_${digit}xx`)
    this.#byClass[digit].inc()
    const known = this.#byStatus.get(status) ?? this.#scope.counter(`upstream_rq_${status}`)
    this.#byStatus.set(status, known)
    known.inc()
  }
}
