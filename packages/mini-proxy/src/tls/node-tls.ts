import type tls from 'node:tls'

/** Node's TLS, loaded when it is first needed: a proxy without certificates does without its four megabytes. */
export function nodeTls(): typeof tls {
  return process.getBuiltinModule('node:tls')
}
