import { median } from '../median.ts'

/** Something to time: one call does one unit of work and gives anything that depends on it. */
export interface Contestant {
  readonly name: string
  run(turn: number): unknown
}

/** Times of each contestant, by round. */
export class Results {
  readonly #times: ReadonlyMap<string, readonly number[]>

  constructor(times: ReadonlyMap<string, readonly number[]>) {
    this.#times = times
  }

  /** Median nanoseconds per call. */
  nanoseconds(name: string): number {
    return median(this.#of(name))
  }

  /** How many times as long `slow` takes: the ratio within each round, then the median, because a machine's speed drifts. */
  ratio(slow: string, quick: string): number {
    const others = this.#of(quick)
    return median(this.#of(slow).map((it, round) => it / (others[round] ?? Number.NaN)))
  }

  #of(name: string): readonly number[] {
    const times = this.#times.get(name)
    if (times === undefined) throw new Error(`nothing was measured by the name ${name}`)
    return times
  }
}

/** How long one sample of one contestant takes at least: many ticks of the clock, which Linux moves on every 4 ms only. */
const sampleMs = 100

/** Times the contestants in rounds that visit each of them, the order turned round every other time; the first round warms up. */
export function contest(contestants: readonly Contestant[], rounds: number): Results {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  const turns = new Map<string, number>()
  for (let round = 0; round <= rounds; round++) {
    for (const it of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const { nanoseconds, next } = sample(it, turns.get(it.name) ?? 0)
      turns.set(it.name, next)
      if (round > 0) times.get(it.name)?.push(nanoseconds)
    }
  }
  return new Results(times)
}

function sample(it: Contestant, from: number): { nanoseconds: number; next: number } {
  const started = cpuMs()
  let turn = from
  // The clock is looked at after ever more calls, so that looking costs nothing next to a quick call.
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) sink.last = it.run(turn++)
    const elapsed = cpuMs() - started
    if (elapsed >= sampleMs) return { nanoseconds: (elapsed * 1e6) / (turn - from), next: turn }
  }
}

/** CPU time of this thread and not wall time: on a shared machine other processes take turns. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Where results go, so that no compiler may leave out the work. */
const sink: { last: unknown } = { last: undefined }
