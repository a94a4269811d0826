import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import type { StatsScope } from '../stats/stats.ts'
import type { ProxyView } from '../view.ts'
import { checkSecret } from './check-secret.ts'
import type { SdsSecretConfigJson } from './common-tls-context.ts'
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
  #current: SecretsOfView = {}

  constructor(options: SecretTableOptions) {
    this.#options = options
  }

  get({ name = '', sdsConfig }: SdsSecretConfigJson): SecretJson | undefined {
    const { secrets, staticSecrets } = this.#current
    return (sdsConfig === undefined ? staticSecrets : secrets)?.get(name)
  }

  misfit(wanted: SdsSecretConfigJson, why: string): void {
    const secret = this.get(wanted)
    const { name = '' } = wanted
    if (secret === undefined || this.#misfits.has(secret)) return
    this.#misfits.add(secret)
    const { stats, warnOnce } = this.#options
    // Static ones come once, with the bootstrap, and are nobody's update.
    if (wanted.sdsConfig !== undefined) {
      stats.counter(`sds.${name.replaceAll(':', '_')}.update_rejected`).inc()
    }
    const which = `${wanted.sdsConfig === undefined ? 'static ' : ''}secret ${JSON.stringify(name)}`
    warnOnce(which, `${which} is not used, and what was there stays: ${why}`)
  }

  /**
   * Tries out what is new; `commit` then swaps.
   *
   * @throws {ProxyError} a secret cannot be used; nothing has changed
   */
  prepare(wanted: SecretsOfView): { commit(): void } {
    for (const kind of ['secrets', 'staticSecrets'] as const) {
      for (const [name, secret] of wanted[kind] ?? []) {
        if (this.#current[kind]?.get(name) !== secret) checkSecret(secret)
      }
    }
    const { secrets, staticSecrets } = wanted
    return {
      commit: () => {
        this.#current = { secrets, staticSecrets }
      },
    }
  }
}

interface SecretsOfView {
  readonly secrets?: ProxyView['secrets'] | undefined
  readonly staticSecrets?: ProxyView['staticSecrets'] | undefined
}
