import type crypto from 'node:crypto'

/** Node's cryptography, loaded when it is first needed: a proxy without certificates and WebSockets does without it. */
export function nodeCrypto(): typeof crypto {
  return process.getBuiltinModule('node:crypto')
}
