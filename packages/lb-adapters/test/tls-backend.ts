import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type Backend, startBackend } from './backends.ts'

/** `cert` or `key`, of `reviews.test`. */
export function pem(name: string): string {
  return readFileSync(new URL(`fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
}

/** A server that says its name over TLS, as `reviews.test`. */
export function tlsBackend(name: string): Promise<Backend> {
  const keys = { cert: pem('cert'), key: pem('key') }
  return startBackend(name, (listener) => createServer(keys, listener))
}
