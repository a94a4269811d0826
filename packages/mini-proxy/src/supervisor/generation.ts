import type { Timers } from '../ambient.ts'
import { type ProxyView, viewOf } from '../view.ts'
import { within } from '../within.ts'
import type { FromWorker, WorkerStart } from './messages.ts'
import { changedView, changeOf } from './view-change.ts'
import { WorkerProcess } from './worker-process.ts'

/** What every worker of a generation is told, but for its role. */
export type GenerationStart = Omit<WorkerStart, 'kind' | 'role' | 'persist' | 'succeeds'> & {
  readonly persist: string | undefined
}

export interface GenerationOptions {
  readonly module: URL
  readonly size: number
  readonly start: GenerationStart
  readonly timers: Timers
  onMessage(worker: WorkerProcess, message: FromWorker): void
  /** A worker ended; `expected` if it was told to. */
  onExit(worker: WorkerProcess, expected: boolean): void
}

/** A worker that ends by itself has a successor after so long. */
const respawnMs = 1000
/** Who has not got a view after so long does not keep the others from it. */
const stageMs = 10_000

/** No leader has got a view yet. */
const nothing = viewOf({})

/** The workers that serve one configuration: a leader, which gets it, and followers. */
export class Generation {
  readonly workers: Map<number, WorkerProcess> = new Map()
  readonly #options: GenerationOptions
  #view: ProxyView = nothing
  #leaving = false
  readonly #respawns = new Set<unknown>()

  constructor(options: GenerationOptions) {
    this.#options = options
    for (let slot = 0; slot < options.size; slot++) this.#fork(slot)
  }

  /** Settles once all serve; rejects when one cannot. */
  async ready(): Promise<void> {
    await Promise.all([...this.workers.values()].map((it) => it.ready))
    // What the leader was ready with has been shared, and may still be on its way into force elsewhere.
    await Promise.all([...this.workers.values()].map((it) => it.settled()))
  }

  get leader(): WorkerProcess | undefined {
    return this.workers.get(0)
  }

  /** Lets connections finish and ends every worker; settles when none is left. */
  async drain(boundMs: number): Promise<void> {
    const all = this.#leave()
    for (const worker of all) worker.send({ kind: 'drain', boundMs })
    await Promise.all(all.map((it) => it.exited))
  }

  /** Ends every worker now. */
  async kill(): Promise<void> {
    const all = this.#leave()
    for (const worker of all) worker.kill()
    await Promise.all(all.map((it) => it.exited))
  }

  #leave(): WorkerProcess[] {
    this.#leaving = true
    for (const timer of this.#respawns) this.#options.timers.clearTimeout(timer)
    this.#respawns.clear()
    return [...this.workers.values()]
  }

  #fork(slot: number): void {
    const { module, start } = this.#options
    const worker = new WorkerProcess(module, slot, {
      onMessage: (from, message) => {
        if (message.kind === 'view') void this.#share(from, message)
        else this.#options.onMessage(from, message)
      },
      onExit: (it) => this.#onExit(it),
    })
    this.workers.set(slot, worker)
    const leads = slot === 0
    const role = leads ? 'leader' : 'follower'
    const succeeds = leads && this.#view !== nothing
    const persist = leads ? start.persist : undefined
    worker.send({ kind: 'start', role, succeeds, ...start, persist })
    if (this.#view !== nothing) void this.#catchUp(worker)
  }

  /** All get the view before any puts it into force: then they do so together. */
  async #share(from: WorkerProcess, message: Extract<FromWorker, { kind: 'view' }>): Promise<void> {
    this.#view = changedView(this.#view, message.change)
    const followers = [...this.workers.values()].filter((it) => it.slot !== 0)
    const staged = Promise.all(followers.map((it) => it.stage(message.change)))
    await within(stageMs, this.#options.timers, staged)
    for (const follower of followers) follower.send({ kind: 'swap', id: 0 })
    from.send({ kind: 'swap', id: message.id })
  }

  /** A follower that comes later gets the view in force; a leader fetches it anew. */
  async #catchUp(worker: WorkerProcess): Promise<void> {
    if (worker.slot === 0) return
    await worker.stage(changeOf(viewOf({}), this.#view, true))
    worker.send({ kind: 'swap', id: 0 })
  }

  #onExit(worker: WorkerProcess): void {
    this.#options.onExit(worker, this.#leaving)
    if (this.workers.get(worker.slot) === worker) this.workers.delete(worker.slot)
    if (this.#leaving) return
    const timer = this.#options.timers.setTimeout(() => {
      this.#respawns.delete(timer)
      this.#fork(worker.slot)
    }, respawnMs)
    this.#respawns.add(timer)
  }
}
