import {
  type HostMonitor,
  OutlierDetector,
  type OutlierEvent,
  type OutlierOptions,
} from '@meshwright/circuit-breaker'
import type { Ambient } from '../ambient.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'

/** What a watch needs to know of its hosts. */
interface Watched {
  readonly address: string
}

/** What a watch gets from its cluster. */
export interface OutlierWatchContext extends Ambient {
  /** For the log. */
  readonly cluster: string
  /** `cluster.<name>`. */
  readonly stats: StatsScope
  /** Hosts were ejected or came back. */
  readonly onChange: () => void
}

/** Outlier detection at work: makes the passes when they are due, and counts. */
export class OutlierWatch<Host extends Watched> {
  readonly #detector: OutlierDetector<Host>
  readonly #context: OutlierWatchContext
  readonly #counters: OutlierStats
  #changed = false
  #stopped = false
  #timer: unknown

  constructor(options: OutlierOptions, context: OutlierWatchContext) {
    const { clock, random, stats } = context
    this.#context = context
    this.#detector = new OutlierDetector(options, { now: clock.now(), random })
    this.#counters = new OutlierStats(stats.scope('outlier_detection'))
    this.#detector.subscribe((event) => this.#onEvent(event))
    this.#counters.follow(this.#detector.counters)
    this.#wait()
  }

  add(host: Host): HostMonitor<Host> {
    return this.#detector.add(host)
  }

  remove(host: Host): void {
    this.#detector.remove(host)
  }

  /** Draws the consequences of what monitors heard; to be called after a failure. */
  settle(): void {
    if (this.#stopped) return
    this.#counters.follow(this.#detector.counters)
    if (!this.#changed) return
    this.#changed = false
    this.#context.onChange()
  }

  /** What requests under way still tell has no consequence. */
  stop(): void {
    this.#stopped = true
    this.#context.timers.clearTimeout(this.#timer)
    this.#counters.leave()
  }

  #wait(): void {
    const { clock, timers } = this.#context
    const ms = Math.min(Math.max(1, Math.ceil(this.#detector.nextPassAt - clock.now())), maxTimerMs)
    this.#timer = timers.setTimeout(() => {
      if (this.#detector.advance(clock.now())) this.settle()
      this.#wait()
    }, ms)
  }

  #onEvent(event: OutlierEvent<Host>): void {
    const { cluster, log } = this.#context
    const what = event.action === 'eject' ? `ejected by ${event.type}` : 'back from ejection'
    const only = event.action === 'eject' && !event.enforced
    this.#changed ||= !only
    const message = `host ${event.host.address} of ${cluster} ${only ? 'would be ' : 'is '}${what}`
    log({ level: 'info', scope: 'outlier', message })
  }
}

/** What Node's timers can hold. */
const maxTimerMs = 2_147_483_647
const active = 'ejections_active'

/** Passes on what a detector counted since the last time: a cluster of another version counts on. */
class OutlierStats {
  readonly #scope: StatsScope
  readonly #counters = new Map<string, Counter>()
  readonly #active: Gauge
  #seen: Readonly<Record<string, number>> = {}

  constructor(scope: StatsScope) {
    this.#scope = scope
    this.#active = scope.gauge(active)
  }

  follow(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      const more = count - (this.#seen[name] ?? 0)
      if (name === active) this.#active.add(more)
      else if (more > 0) this.#counter(name).inc(more)
      else this.#counter(name)
    }
    this.#seen = counts
  }

  leave(): void {
    this.#active.add(-(this.#seen[active] ?? 0))
    this.#seen = { ...this.#seen, [active]: 0 }
  }

  #counter(name: string): Counter {
    const known = this.#counters.get(name)
    if (known !== undefined) return known
    const made = this.#scope.counter(name)
    this.#counters.set(name, made)
    return made
  }
}
