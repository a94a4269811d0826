/** Fields whose data sources hold secrets, wherever they stand. */
const secretFields = new Set([
  'privateKey',
  'private_key',
  'password',
  'pkcs12',
  'keys',
  'secret',
  'genericSecret',
  'generic_secret',
  'tokenSecret',
  'hmacSecret',
])
const redacted = '[redacted]'

/** A copy of a resource in JSON without private keys and passwords; names of files stay. */
export function redact(value: unknown): unknown {
  return copy(value, false)
}

function copy(value: unknown, secret: boolean): unknown {
  if (Array.isArray(value)) return value.map((it) => copy(it, secret))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, it]) => [key, copyField(key, it, secret)]),
  )
}

function copyField(key: string, value: unknown, secret: boolean): unknown {
  if (secret && (key === 'inlineString' || key === 'inline_string')) return redacted
  if (secret && (key === 'inlineBytes' || key === 'inline_bytes'))
    return Buffer.from(redacted).toString('base64')
  return copy(value, secret || secretFields.has(key))
}
