import { type ChildProcess, fork, type SendHandle } from 'node:child_process'
import type { AdminPage } from '../admin/admin-page.ts'
import type { ClusterReport } from '../cluster/cluster-report.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { StatRecord } from './stat-records.ts'

/** What a supervisor hears of a worker. */
export interface WorkerEvents {
  onMessage(worker: WorkerProcess, message: FromWorker): void
  /** Last event. */
  onExit(worker: WorkerProcess): void
}

/** A forked worker. */
export class WorkerProcess {
  /** Which of the sockets of each port is its own; 0 leads. */
  readonly slot: number
  /** Settles when the first configuration is in force; rejects when it cannot be, or when the process ends. */
  readonly ready: Promise<void>
  readonly exited: Promise<void>
  /** What it last said it had counted. */
  stats: readonly StatRecord[] = []
  /** Its last word has come: what it counted is in `stats`. */
  isFinal = false
  readonly #child: ChildProcess
  readonly #events: WorkerEvents
  readonly #asked = new Map<number, (reply: FromWorker | undefined) => void>()
  #ids = 0
  #onReady: (error?: Error) => void = () => undefined

  constructor(module: URL, slot: number, events: WorkerEvents) {
    this.slot = slot
    this.#events = events
    // Structured clone: configuration may hold what JSON does not, and large answers stay cheap.
    this.#child = fork(module, [], { serialization: 'advanced' })
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = (error) => (error === undefined ? resolve() : reject(error))
    })
    this.ready.catch(() => undefined)
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#onReady(new Error(`worker ${slot} ended: ${signal ?? code}`))
        for (const settle of this.#asked.values()) settle(undefined)
        this.#asked.clear()
        events.onExit(this)
        resolve()
      })
    })
    this.#child.on('error', (error) => this.#onReady(error))
    this.#child.on('message', (message: FromWorker) => this.#hear(message))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** A worker that is gone hears nothing. */
  send(message: ToWorker, handle?: object): void {
    // `send` takes bound handles too, which its type does not say.
    if (this.#child.connected) this.#child.send(message, handle as SendHandle, () => undefined)
  }

  /** The latest counts; those known before if the worker does not answer. */
  async askStats(): Promise<readonly StatRecord[]> {
    const reply = await this.#ask((id) => ({ kind: 'stats', id }))
    if (reply?.kind === 'stats' && !this.isFinal) this.stats = reply.stats
    return this.stats
  }

  /** Undefined: the worker is gone. */
  async askPage(method: string, url: string): Promise<AdminPage | undefined> {
    const reply = await this.#ask((id) => ({ kind: 'page', id, method, url }))
    return reply?.kind === 'page' ? reply.page : undefined
  }

  /** Empty: the worker is gone. */
  async askClusters(): Promise<readonly ClusterReport[]> {
    const reply = await this.#ask((id) => ({ kind: 'clusters', id }))
    return reply?.kind === 'clusters' ? reply.clusters : []
  }

  /** Gives it a view; settles once it has it, or has gone. */
  async stage(change: Extract<ToWorker, { kind: 'view' }>['change']): Promise<void> {
    await this.#ask((id) => ({ kind: 'view', id, change }))
  }

  /** Settles once what it was told to swap is in force. */
  async settled(): Promise<void> {
    await this.#ask((id) => ({ kind: 'settle', id }))
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'ready') this.#onReady()
    else if (message.kind === 'failed') this.#onReady(new Error(message.reason))
    if (message.kind === 'final') {
      this.stats = message.stats
      this.isFinal = true
    }
    if (isAnswer(message)) {
      this.#asked.get(message.id)?.(message)
      this.#asked.delete(message.id)
    } else this.#events.onMessage(this, message)
  }

  #ask(message: (id: number) => ToWorker): Promise<FromWorker | undefined> {
    if (!this.#child.connected) return Promise.resolve(undefined)
    this.#ids += 1
    const id = this.#ids
    return new Promise((resolve) => {
      this.#asked.set(id, resolve)
      this.send(message(id))
    })
  }
}

type Answer = Extract<FromWorker, { kind: 'stats' | 'page' | 'staged' | 'settled' | 'clusters' }>

function isAnswer(message: FromWorker): message is Answer {
  return ['stats', 'page', 'staged', 'settled', 'clusters'].includes(message.kind)
}
