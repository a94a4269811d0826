import type http from 'node:http'

/**
 * Node's own HTTP: its server for the admin API, and its reason phrases.
 *
 * Taken from the process and not imported: an ES import of `node:http` asks for every export of it, `WebSocket` among them,
 * and with that Node loads a whole HTTP client, fifteen megabytes of resident memory that nobody uses.
 */
export const nodeHttp: typeof http = process.getBuiltinModule('node:http')
