/** Counts up; `inc()` is the whole hot path. */
export interface Counter {
  inc(by?: number): void
  readonly value: number
}

export interface Gauge {
  set(value: number): void
  add(by: number): void
  readonly value: number
}

/** Distribution of milliseconds, bytes and the like. */
export interface Histogram {
  record(value: number): void
}

/**
 * Where parts get their instruments, under Envoy's dotted names. Asking twice for a name gives the same instrument;
 * ask once, at configuration, and keep it.
 */
export interface StatsScope {
  counter(name: string): Counter
  gauge(name: string): Gauge
  histogram(name: string): Histogram
  /** Names below get this prefix and a dot. */
  scope(prefix: string): StatsScope
}
