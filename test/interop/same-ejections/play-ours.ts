import { OutlierDetector, type OutlierEvent } from '@meshwright/circuit-breaker'
import { type Answer, intervalMs, type Script } from './script.ts'

/** An ejection or its end, as both sides tell it. */
export interface Told {
  readonly host: string
  readonly what: string
}

/** Our detector, with times of its own: requests come in the first third of an interval, passes at its end. */
export class OurSide {
  readonly detector: OutlierDetector<string>
  /** What happened, in a list for each request or pass. */
  readonly told: Told[][] = []
  #now = 0
  #passes = 0

  constructor({ options, hosts }: Script) {
    this.detector = new OutlierDetector<string>(options, { now: 0 })
    for (const host of hosts) this.detector.add(host)
    this.detector.subscribe((event) => this.told.at(-1)?.push(toldOf(event)))
  }

  /** Whether something came of it. */
  request(host: string, answer: Answer): boolean {
    const before = JSON.stringify(this.detector.counters)
    this.told.push([])
    const monitor = this.detector.add(host)
    if (answer !== 'refuse') monitor.record('connected', this.#now)
    if (answer === 'hang') monitor.record('local-timeout', this.#now, 504)
    else if (typeof answer === 'number') monitor.httpStatus(answer, this.#now)
    else monitor.record('connect-failed', this.#now)
    return JSON.stringify(this.detector.counters) !== before
  }

  pass(): void {
    this.told.push([])
    this.#passes++
    this.detector.advance(this.#passes * intervalMs)
    this.#now = (this.#passes + 0.2) * intervalMs
  }

  ejected(hosts: readonly string[]): string[] {
    return hosts.filter((host) => this.detector.isEjected(host))
  }
}

function toldOf(event: OutlierEvent<string>): Told {
  if (event.action === 'uneject') return { host: event.host, what: `back ${event.ejections}` }
  const how = event.enforced ? 'ejected' : 'not enforced'
  return { host: event.host, what: `${how} ${event.type} ${event.ejections}` }
}
