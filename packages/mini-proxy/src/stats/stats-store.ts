import { LogLinearHistogram } from './log-linear-histogram.ts'
import { readTags, type StatTag } from './stat-tags.ts'
import type { Counter, Gauge, Histogram, StatsScope } from './stats.ts'

/** One instrument, as reports see it. */
export interface Stat {
  /** Envoy's dotted name, tags included. */
  readonly name: string
  /** The same without the tags' values. */
  readonly baseName: string
  readonly tags: readonly StatTag[]
  readonly instrument:
    | { readonly kind: 'counter' | 'gauge'; readonly value: number; readonly used: boolean }
    | { readonly kind: 'histogram'; readonly histogram: LogLinearHistogram; readonly used: boolean }
}

/** All instruments of a proxy. It is its own root scope. */
export interface StatsStore extends StatsScope {
  /** Every instrument, sorted by name. */
  list(): Stat[]
  /** Drops what lies below a scope that is gone, so that names do not pile up while configuration comes and goes. */
  forget(scope: string): void
}

export function createStatsStore(): StatsStore {
  const stats = new Map<string, OwnedStat>()
  const root = new Scope(stats, { name: '', baseName: '', tags: [], owner: '' })
  return {
    counter: (name) => root.counter(name),
    gauge: (name) => root.gauge(name),
    histogram: (name) => root.histogram(name),
    scope: (prefix) => root.scope(prefix),
    forget: (scope) => {
      for (const [name, { owner }] of stats) if (owner === scope) stats.delete(name)
    },
    list: () => [...stats.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

interface OwnedStat extends Stat {
  /** The outermost scope that it was made in. Names alone do not tell: of the clusters `a` and `a.b`, one may go and one stay. */
  readonly owner: string
}

interface Prefix {
  readonly name: string
  readonly owner: string
  readonly baseName: string
  readonly tags: readonly StatTag[]
}

class Scope implements StatsScope {
  readonly #stats: Map<string, OwnedStat>
  readonly #prefix: Prefix
  readonly #own = new Map<string, unknown>()

  constructor(stats: Map<string, OwnedStat>, prefix: Prefix) {
    this.#stats = stats
    this.#prefix = prefix
  }

  counter(name: string): Counter {
    return this.#get(name, () => new NumberStat('counter'))
  }

  gauge(name: string): Gauge {
    return this.#get(name, () => new NumberStat('gauge'))
  }

  histogram(name: string): Histogram {
    return this.#get(name, () => new HistogramStat())
  }

  scope(prefix: string): StatsScope {
    const extended = extend(this.#prefix, prefix, true)
    return new Scope(this.#stats, { ...extended, owner: extended.owner || extended.name })
  }

  #get<T extends Stat['instrument']>(name: string, create: () => T): T {
    const own = this.#own.get(name)
    // A name has one kind for good: the callers in this package see to that.
    if (own !== undefined) return own as T
    const full = extend(this.#prefix, name, false)
    const known = this.#stats.get(full.name)?.instrument as T | undefined
    const instrument = known ?? create()
    if (known === undefined) this.#stats.set(full.name, { ...full, instrument })
    this.#own.set(name, instrument)
    return instrument
  }
}

class NumberStat implements Counter, Gauge {
  readonly kind: 'counter' | 'gauge'
  value = 0
  used = false

  constructor(kind: 'counter' | 'gauge') {
    this.kind = kind
  }

  inc(by = 1): void {
    this.value += by
    this.used = true
  }

  add(by: number): void {
    this.value += by
    this.used = true
  }

  set(value: number): void {
    this.value = value
    this.used = true
  }
}

class HistogramStat implements Histogram {
  readonly kind = 'histogram' as const
  readonly histogram: LogLinearHistogram = new LogLinearHistogram()

  get used(): boolean {
    return this.histogram.count > 0
  }

  record(value: number): void {
    this.histogram.record(value)
  }
}

function extend(prefix: Prefix, name: string, isScope: boolean): Prefix {
  const { baseName, tags } = readTags(name, isScope)
  return {
    name: join(prefix.name, name),
    baseName: join(prefix.baseName, baseName),
    tags: [...prefix.tags, ...tags],
    owner: prefix.owner,
  }
}

function join(prefix: string, name: string): string {
  if (prefix === '') return name
  return name === '' ? prefix : `${prefix}.${name}`
}
