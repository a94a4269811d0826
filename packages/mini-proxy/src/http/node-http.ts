import type http from 'node:http'

/**
 * Node's own HTTP, loaded when it is first needed: for the admin API.
 *
 * Taken from the process and not imported: an ES import of `node:http` asks for every export of it, `WebSocket` among them,
 * and with that Node loads a whole HTTP client, fifteen megabytes of resident memory that nobody uses.
 */
export function nodeHttp(): typeof http {
  return process.getBuiltinModule('node:http')
}
