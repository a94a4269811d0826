import {
  type ConfigState,
  type Diagnostic,
  readConfig,
  type Snapshot,
  type SourceFile,
} from '@meshwright/mesh-config'
import { type AcceptedConfig, loadAccepted, saveAccepted } from './accepted-config.ts'
import type { ConfigSource } from './config-source.ts'
import { ControlPlaneError } from './errors.ts'

/** Configuration in force. */
export interface CurrentConfig {
  readonly snapshot: Snapshot
  readonly files: readonly SourceFile[]
  /** `state`: as it was kept in the state directory, because the source cannot be used. */
  readonly origin: 'source' | 'state'
  /** Milliseconds since 1970. */
  readonly acceptedAtWallMs: number
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Configuration that was refused: what is in force stays. */
export interface Refusal {
  /** One line: the fault of the source, or how many errors there are. */
  readonly message: string
  /** What is wrong, and where; empty if the source could not be read. */
  readonly diagnostics: readonly Diagnostic[]
  /** Milliseconds since 1970. */
  readonly atWallMs: number
}

/** What a loop works with, and whom it tells. */
export interface ConfigLoopOptions {
  readonly source: ConfigSource
  /** Where the accepted configuration is kept; nowhere if `undefined`. */
  readonly stateDir: string | undefined
  readonly domain: string | undefined
  readonly wallClock: () => number
  /** Rejects if a snapshot cannot be served. */
  readonly check: (snapshot: Snapshot) => Promise<void>
  readonly accepted: (config: CurrentConfig) => void
  readonly refused: (refusal: Refusal) => void
  /** After a refusal the source is again what is in force. */
  readonly mended: () => void
  /** The state directory cannot be used; the loop goes on without. */
  readonly stateLost: (error: unknown) => void
}

/**
 * Reads a source again and again: what is good comes into force, what is not is refused as a whole.
 * One reading at a time: do not call a method before the last one is done.
 */
export class ConfigLoop {
  readonly #options: ConfigLoopOptions
  #state: ConfigState | undefined
  #current: CurrentConfig | undefined
  #refusal: Refusal | undefined
  /** What was accepted last, in this process or an earlier one. */
  #acceptedFiles: readonly SourceFile[] = []
  #refusedFiles: readonly SourceFile[] | undefined
  #unread = false
  #unsaved = false

  constructor(options: ConfigLoopOptions) {
    this.#options = options
  }

  /** What is in force; nothing if nothing ever was good. */
  get current(): CurrentConfig | undefined {
    return this.#current
  }

  /** Why the source as it is now is not in force; nothing if it is. */
  get refusal(): Refusal | undefined {
    return this.#refusal
  }

  /** Whether the source could not be read last: it may be readable again without a change. */
  get unread(): boolean {
    return this.#unread
  }

  /** Whether what is in force could not be kept in the state directory; reloading tries again. */
  get unsaved(): boolean {
    return this.#unsaved
  }

  /** The first reading. Falls back to what an earlier process accepted. */
  async start(): Promise<void> {
    const kept = await this.#load()
    if (kept !== undefined) this.#stand(kept)
    await this.reload()
    if (this.#current?.origin === 'state') this.#options.accepted(this.#current)
  }

  /** Reads the source and takes it or refuses it. Never rejects. */
  async reload(): Promise<void> {
    if (this.#unsaved && this.#current !== undefined) await this.#save(this.#current)
    try {
      this.#unread = true
      const files = await this.#options.source.read(this.#acceptedFiles)
      this.#unread = false
      await this.#take(files)
    } catch (error) {
      this.#refusedFiles = undefined
      this.#refuse(error instanceof Error ? error.message : String(error), [])
    }
  }

  /** What an earlier process accepted stands until the source has something good. */
  #stand(kept: AcceptedConfig): void {
    this.#acceptedFiles = kept.files
    const { snapshot, diagnostics, state } = readConfig(kept.files, this.#readOptions())
    this.#state = state
    if (snapshot !== undefined) this.#current = { ...kept, snapshot, diagnostics, origin: 'state' }
  }

  async #take(files: readonly SourceFile[]): Promise<void> {
    if (this.#current?.origin === 'source' && sameTexts(files, this.#current.files)) {
      if (this.#refusal !== undefined) this.#options.mended()
      this.#refusal = undefined
      this.#refusedFiles = undefined
      return
    }
    if (this.#refusedFiles !== undefined && sameTexts(files, this.#refusedFiles)) return
    const { snapshot, diagnostics, state } = readConfig(files, this.#readOptions())
    this.#state = state
    if (snapshot === undefined) {
      this.#refusedFiles = files
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length
      this.#refuse(
        `${errors} ${errors === 1 ? 'error' : 'errors'} in ${this.#options.source.name}`,
        diagnostics,
      )
      return
    }
    await this.#options.check(snapshot)
    await this.#accept({
      snapshot,
      files,
      origin: 'source',
      acceptedAtWallMs: this.#options.wallClock(),
      diagnostics,
    })
  }

  async #accept(config: CurrentConfig): Promise<void> {
    // Kept before it is served: a restart must not lose what somebody was told.
    await this.#save(config)
    this.#current = config
    this.#acceptedFiles = config.files
    this.#refusal = undefined
    this.#refusedFiles = undefined
    this.#options.accepted(config)
  }

  #refuse(message: string, diagnostics: readonly Diagnostic[]): void {
    if (this.#refusal?.message === message && diagnostics.length === 0) return
    this.#refusal = { message, diagnostics, atWallMs: this.#options.wallClock() }
    this.#options.refused(this.#refusal)
  }

  #readOptions(): { previous?: ConfigState; domain?: string } {
    const { domain } = this.#options
    return {
      ...(this.#state === undefined ? {} : { previous: this.#state }),
      ...(domain === undefined ? {} : { domain }),
    }
  }

  async #load(): Promise<AcceptedConfig | undefined> {
    const { stateDir, stateLost } = this.#options
    if (stateDir === undefined) return undefined
    try {
      return await loadAccepted(stateDir)
    } catch (error) {
      stateLost(error)
      return undefined
    }
  }

  async #save(config: CurrentConfig): Promise<void> {
    const { stateDir, stateLost } = this.#options
    if (stateDir === undefined) return
    try {
      await saveAccepted(stateDir, config)
      this.#unsaved = false
    } catch (error) {
      if (!this.#unsaved) stateLost(error)
      this.#unsaved = true
    }
  }
}

/** What a strict start rejects with. */
export function refusalError({ message, diagnostics }: Refusal): ControlPlaneError {
  const code = diagnostics.length > 0 ? 'ERR_CONTROL_PLANE_CONFIG' : 'ERR_CONTROL_PLANE_SOURCE'
  // A source that cannot be read has named the code already.
  const bare = message.replace(` [${code}]`, '')
  return new ControlPlaneError(bare, { code, diagnostics })
}

function sameTexts(a: readonly SourceFile[], b: readonly SourceFile[]): boolean {
  return (
    a.length === b.length &&
    a.every((file, i) => file.path === b[i]?.path && file.text === b[i]?.text)
  )
}
