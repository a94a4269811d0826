import { Agent } from 'node:http'
import { until } from '../../support/until.ts'
import { type Call, call } from './http.ts'

/** What a load has done so far. */
export interface LoadCounts {
  sent: number
  ok: number
  /** Statuses that are not 200, and connections that failed: `503`, `ECONNRESET` … */
  readonly failures: string[]
  /** By body. */
  readonly answers: Map<string, number>
}

/** Clients that keep their connection and ask again as soon as they have an answer. */
export class Load {
  readonly counts: LoadCounts = { sent: 0, ok: 0, failures: [], answers: new Map() }
  readonly #clients: Promise<void>[]
  #running = true

  constructor(target: Call, clients = 8) {
    this.#clients = Array.from({ length: clients }, () => this.#client(target))
  }

  /** Resolves once so many more requests were answered with 200, all of them sent after this call or under way at it. */
  async more(answers: number): Promise<void> {
    const goal = this.counts.ok + answers
    await until(`${answers} more answers`, () => this.counts.ok >= goal || this.#broken())
  }

  /** Resolves with the counts once every client has its last answer. */
  async stop(): Promise<LoadCounts> {
    this.#running = false
    await Promise.all(this.#clients)
    return this.counts
  }

  #broken(): boolean {
    return this.counts.failures.length > maxFailures
  }

  async #client(target: Call): Promise<void> {
    // One at a time on one connection, which is opened again when the other side says `Connection: close`.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (this.#running && !this.#broken()) await this.#ask({ ...target, agent })
    agent.destroy()
  }

  async #ask(target: Call): Promise<void> {
    const { counts } = this
    counts.sent += 1
    try {
      const { status, body } = await call(target)
      if (status !== 200) {
        counts.failures.push(`${status} ${body}`)
        return
      }
      counts.ok += 1
      counts.answers.set(body, (counts.answers.get(body) ?? 0) + 1)
    } catch (error) {
      counts.failures.push((error as NodeJS.ErrnoException).code ?? String(error))
    }
  }
}

const maxFailures = 20
