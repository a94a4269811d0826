import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { checkSecret } from './check-secret.ts'
import type { Secrets } from './supplied-tls.ts'

/** The secrets in force. */
export class SecretTable implements Secrets {
  #current: ReadonlyMap<string, SecretJson> = new Map()

  get(name: string): SecretJson | undefined {
    return this.#current.get(name)
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
