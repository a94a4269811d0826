import type { LoggedRequest } from './logged-request.ts'

/** What a line of a log gives, by the names of {@link LoggedRequest}; headers begin with `header:`. */
export type LogFields = Map<string, string>

/** The fields as a request, or what is missing. */
export function requestOf(fields: LogFields, line: number): LoggedRequest | string {
  const method = fields.get('method')
  const path = fields.get('path')
  const authority = fields.get('authority')
  if (method === undefined || path === undefined || authority === undefined) {
    const missing = ['method', 'path', 'authority'].filter((name) => !fields.has(name))
    return `no ${missing.join(', no ')}`
  }
  const request: { -readonly [name in keyof LoggedRequest]: LoggedRequest[name] } = {
    line,
    method,
    path,
    authority,
  }
  let headers: Record<string, string> | undefined
  for (const [name, value] of fields) {
    if (name.startsWith('header:')) {
      headers ??= {}
      headers[name.slice('header:'.length)] = value
    } else if (name === 'status') request.status = Number(value)
    else if (isOptionalText(name)) request[name] = value
  }
  if (headers !== undefined) request.headers = headers
  return request
}

function isOptionalText(name: string): name is (typeof optionalTexts)[number] {
  return (optionalTexts as readonly string[]).includes(name)
}

const optionalTexts = [
  'scheme',
  'protocol',
  'upstreamCluster',
  'routeName',
  'responseFlags',
] as const
