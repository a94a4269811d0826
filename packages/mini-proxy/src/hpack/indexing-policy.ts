/**
 * What is done with a field that no table holds:
 *
 * - `never`: no hop may put it into a table; what it says is secret, and could be guessed from the size of what is sent
 *   (RFC 7541 7.1.3)
 * - `first`: the values of the name rarely change within a connection, so it is added at once
 * - `second`: it is added when it comes again
 * - `cookie`: `never` if it is short, otherwise `second`
 */
export type IndexingPolicy = 'never' | 'first' | 'second' | 'cookie'

/** Names of the static table only: the names of others are looked up in no list. */
const stable: ReadonlySet<string> = new Set([
  ':authority',
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'server',
  'user-agent',
  'vary',
  'via',
])

const secret: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization'])

const cookies: ReadonlySet<string> = new Set(['cookie', 'set-cookie'])

/** How the fields of a name of the static table are treated. */
export function policyOf(name: string): IndexingPolicy {
  if (secret.has(name)) return 'never'
  if (cookies.has(name)) return 'cookie'
  return stable.has(name) ? 'first' : 'second'
}

/** Shorter cookies could be guessed, a character at a time, by how well they compress. */
const guessableBytes = 20

/** What a policy comes to with a value. */
export function policyWith(value: string, policy: IndexingPolicy): IndexingPolicy {
  if (policy !== 'cookie') return policy
  return value.length < guessableBytes ? 'never' : 'second'
}
