/** Shorter cookies could be guessed, a character at a time, by how well they compress. */
const guessableCookie = 20

const cookies: ReadonlySet<string> = new Set(['cookie', 'set-cookie'])

const secrets: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization'])

/**
 * Names whose values mostly stay the same on a connection: worth an entry at the first sight.
 */
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

/**
 * Whether a field must stay out of every table on its way: what it says is secret, and short or regular enough to be
 * guessed from the size of what is sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-7.1.3
 */
export function isNeverIndexed(name: string, value: string): boolean {
  return secrets.has(name) || (value.length < guessableCookie && cookies.has(name))
}

/** Whether the values of a name rarely change within a connection. */
export function isStableName(name: string): boolean {
  return stable.has(name)
}
