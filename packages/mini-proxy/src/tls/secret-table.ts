import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import type { StatsScope } from '../stats/stats.ts'
import { checkSecret } from './check-secret.ts'
import type { Secrets } from './supplied-tls.ts'

export interface SecretTableOptions {
  /** Root scope. */
  readonly stats: StatsScope
  readonly warnOnce: (key: string, message: string) => void
}

/** The secrets in force. */
export class SecretTable implements Secrets {
  readonly #options: SecretTableOptions
  /** Those that some context could not use, which are counted once each. */
  #misfits = new WeakSet<SecretJson>()
  #current: ReadonlyMap<string, SecretJson> = new Map()

  constructor(options: SecretTableOptions) {
    this.#options = options
  }

  get(name: string): SecretJson | undefined {
    return this.#current.get(name)
  }

  misfit(name: string, why: string): void {
    const secret = this.get(name)
    if (secret === undefined || this.#misfits.has(secret)) return
    this.#misfits.add(secret)
    const { stats, warnOnce } = this.#options
    stats.counter(`sds.${name.replaceAll(':', '_')}.update_rejected`).inc()
    const quoted = JSON.stringify(name)
    warnOnce(`secret.${name}`, `secret ${quoted} is not used, and what was there stays: ${why}`)
  }

  /**
   * Tries out what is new; `commit` then swaps.
   *
   * @throws {ProxyError} a secret cannot be used; nothing has changed
   */
  prepare(wanted: ReadonlyMap<string, SecretJson>): { commit(): void } {
    for (const [name, secret] of wanted) if (this.get(name) !== secret) checkSecret(secret)
    return {
      commit: () => {
        this.#current = wanted
      },
    }
  }
}
