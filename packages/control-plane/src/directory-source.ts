import { type FSWatcher, watch } from 'node:fs'
import type { SourceFile } from '@meshwright/mesh-config'
import type { ConfigSource } from './config-source.ts'
import { defaultTimers, type Timers } from './defaults.ts'
import { type FoundFile, findFiles, readFiles, sameFiles, sourceError } from './directory-files.ts'
import { ControlPlaneError } from './errors.ts'

/** How a directory is watched. */
export interface DirectoryOptions {
  /**
   * Milliseconds between two looks at the directory. File events come sooner; where there are none
   * (network file systems, a directory that was mounted anew) this is what notices. Default: 1,000.
   */
  readonly pollMs?: number
  readonly timers?: Timers
}

/**
 * Makes a source of the `.yaml`, `.yml` and `.json` files of a directory and the folders in it.
 *
 * A directory that is missing, cannot be read or has no such file is a fault, not an empty mesh. So
 * is a file that had content and is empty now: somebody is writing it.
 */
export function directorySource(directory: string, options: DirectoryOptions = {}): ConfigSource {
  return new DirectorySource(directory, { pollMs: 1_000, timers: defaultTimers, ...options })
}

// A writer who is still at work after so many looks is left to the next change.
const stableReads = 20
const stableWaitMs = 10

class DirectorySource implements ConfigSource {
  readonly name: string
  readonly #options: Required<DirectoryOptions>

  constructor(directory: string, options: Required<DirectoryOptions>) {
    this.name = directory
    this.#options = options
  }

  async read(accepted: readonly SourceFile[]): Promise<readonly SourceFile[]> {
    const files = await this.#readStable()
    if (files.length === 0) {
      throw sourceError(`expected .yaml, .yml or .json files in ${this.name}, got none`)
    }
    const filled = new Set(accepted.filter((file) => !isEmpty(file)).map(({ path }) => path))
    const emptied = files.find((file) => isEmpty(file) && filled.has(file.path))
    if (emptied === undefined) return files
    throw sourceError(`${emptied.path} had content and is empty; remove the file if that is meant`)
  }

  watch(changed: () => void): { close(): void } {
    return new DirectoryWatch(this.name, this.#options, changed)
  }

  /** Reads until nothing moved from before the first to after the last file. */
  async #readStable(): Promise<readonly SourceFile[]> {
    for (let attempt = 0; attempt < stableReads; attempt++) {
      try {
        const before = await findFiles(this.name)
        const files = await readFiles(before)
        if (sameFiles(before, await findFiles(this.name))) return files
      } catch (cause) {
        // A link that is being swapped leads nowhere for a moment; what lasts is a fault.
        if (attempt === stableReads - 1 || !isPassing(cause)) throw faultOf(this.name, cause)
      }
      await new Promise<void>((resolve) => {
        this.#options.timers.setTimeout(resolve, stableWaitMs)
      })
    }
    throw sourceError(`expected ${this.name} to come to rest, got changes all the time`)
  }
}

/** Watches by events, and by looking now and then. */
class DirectoryWatch {
  readonly #directory: string
  readonly #options: Required<DirectoryOptions>
  readonly #changed: () => void
  #events: FSWatcher | undefined
  #seen: readonly FoundFile[] | 'unreadable' | undefined
  #timer: unknown
  #closed = false

  constructor(directory: string, options: Required<DirectoryOptions>, changed: () => void) {
    this.#directory = directory
    this.#options = options
    this.#changed = changed
    this.#listen()
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    this.#events?.close()
    this.#options.timers.clearTimeout(this.#timer)
  }

  #listen(): void {
    try {
      this.#events = watch(this.#directory, { recursive: true }, () => this.#changed())
      this.#events.on('error', () => this.#deafen())
    } catch {
      // It is not there; looking will notice when it is.
      this.#events = undefined
    }
  }

  #deafen(): void {
    this.#events?.close()
    this.#events = undefined
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = this.#options.timers.setTimeout(() => {
      void this.#look().then(() => this.#schedule())
    }, this.#options.pollMs)
  }

  async #look(): Promise<void> {
    const found = await findFiles(this.#directory).catch(() => 'unreadable' as const)
    if (this.#closed) return
    const before = this.#seen
    this.#seen = found
    if (before !== undefined && sameLook(before, found)) return
    // The directory may be another one of the same name, whose events nobody listens to yet.
    this.#deafen()
    this.#listen()
    this.#changed()
  }
}

type Look = readonly FoundFile[] | 'unreadable'

function sameLook(a: Look, b: Look): boolean {
  if (a === 'unreadable' || b === 'unreadable') return a === b
  return sameFiles(a, b)
}

function isEmpty({ text }: SourceFile): boolean {
  return text.trim() === ''
}

function isPassing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

function faultOf(directory: string, cause: unknown): ControlPlaneError {
  if (cause instanceof ControlPlaneError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return sourceError(`cannot read ${directory}: ${reason}`, cause)
}
