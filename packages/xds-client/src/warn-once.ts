import type { Log, LogEntry } from './log.ts'

// Texts come from a peer: beyond so many different ones, further ones are not told.
const maxTexts = 1000

/** Logs each warning once: one thing that is wrong with ten thousand resources is one line. */
export class WarnOnce {
  readonly #log: Log
  readonly #told = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Logs an entry unless one with its message, positions in lists aside, was logged before. */
  warn(entry: LogEntry): void {
    const text = entry.message.replace(/\[[^\]]*\]/g, '[]')
    if (this.#told.has(text) || this.#told.size >= maxTexts) return
    this.#told.add(text)
    this.#log(entry)
  }
}
