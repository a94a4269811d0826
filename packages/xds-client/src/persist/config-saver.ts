import type { Log } from '../log.ts'
import type { Timers } from '../time.ts'
import { type ConfigFile, writeConfigFile } from './config-file.ts'

// Changes come in bursts; one write does for all of one.
const quietMs = 100

/** Writes a configuration to a file some time after it changed, one write at a time. */
export class ConfigSaver {
  readonly #path: string
  readonly #timers: Timers
  readonly #log: Log
  readonly #content: () => ConfigFile
  #timer: unknown
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string, content: () => ConfigFile, timers: Timers, log: Log) {
    this.#path = path
    this.#content = content
    this.#timers = timers
    this.#log = log
  }

  /** Says that something changed. */
  changed(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#timers.setTimeout(() => {
      this.#timer = undefined
      this.#write()
    }, quietMs)
  }

  /** Writes what is not written yet; resolves when it is. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) {
      this.#timers.clearTimeout(this.#timer)
      this.#timer = undefined
      this.#write()
    }
    await this.#writing
  }

  #write(): void {
    this.#writing = this.#writing.then(async () => {
      try {
        await writeConfigFile(this.#path, this.#content())
      } catch (error) {
        const message = 'the accepted configuration cannot be saved'
        const reason = error instanceof Error ? error.message : String(error)
        this.#log({ level: 'warn', scope: 'xds-client', message, file: this.#path, reason })
      }
    })
  }
}
