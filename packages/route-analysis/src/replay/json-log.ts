import type { LogFields } from './log-fields.ts'
import type { ReadLine } from './text-log.ts'

/** Where a JSON log keeps what; each a key, or several of which the first that is there counts. Dots reach into objects. */
export interface JsonLogFields {
  /** Default: `method`, `:method`, `request_method`, `req_method`, `http_method`. */
  readonly method?: string | readonly string[]
  /** Default: `x_envoy_original_path`, `x-envoy-original-path`, `path`, `:path`, `request_path`, `req_path`, `uri`. */
  readonly path?: string | readonly string[]
  /** Default: `x_envoy_original_host`, `x-envoy-original-host`, `authority`, `:authority`, `host`, `req_authority`. */
  readonly authority?: string | readonly string[]
  /** Default: `scheme`, `:scheme`, `x_forwarded_proto`, `x-forwarded-proto`. */
  readonly scheme?: string | readonly string[]
  /** Default: `protocol`. */
  readonly protocol?: string | readonly string[]
  /** Default: `response_code`, `status`, `status_code`. */
  readonly status?: string | readonly string[]
  /** Default: `response_flags`, `flags`. */
  readonly responseFlags?: string | readonly string[]
  /** Default: `upstream_cluster_raw`, `upstream_cluster`, `cluster`. */
  readonly upstreamCluster?: string | readonly string[]
  /** Default: `route_name`, `route`. */
  readonly routeName?: string | readonly string[]
  /** Keys of request headers, by the header's name; besides `user-agent`, `x-request-id` and `x-forwarded-for` where Istio has them. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Makes a reader of lines that are JSON objects. */
export function jsonLog(names: JsonLogFields = {}): ReadLine {
  const { headers: _, ...others } = { ...defaults, ...names }
  const headers = { ...defaults.headers, ...names.headers }
  const keys: [string, readonly string[]][] = [
    ...Object.entries(others).map(([field, key]): [string, readonly string[]] => [
      field,
      typeof key === 'string' ? [key] : key,
    ]),
    ...Object.entries(headers).map(([header, key]): [string, readonly string[]] => [
      `header:${header.toLowerCase()}`,
      [key],
    ]),
  ]
  return (line) => {
    const logged = parseObject(line)
    if (typeof logged === 'string') return logged
    const found: LogFields = new Map()
    for (const [field, places] of keys) {
      const value = firstOf(logged, places)
      if (value !== undefined && value !== '-') found.set(field, value)
      else if (value === '-' && field === 'responseFlags') found.set(field, '')
    }
    return found
  }
}

const defaults: Required<JsonLogFields> = {
  method: ['method', ':method', 'request_method', 'req_method', 'http_method'],
  path: [
    'x_envoy_original_path',
    'x-envoy-original-path',
    'path',
    ':path',
    'request_path',
    'req_path',
    'uri',
  ],
  authority: [
    'x_envoy_original_host',
    'x-envoy-original-host',
    'authority',
    ':authority',
    'host',
    'req_authority',
  ],
  scheme: ['scheme', ':scheme', 'x_forwarded_proto', 'x-forwarded-proto'],
  protocol: 'protocol',
  status: ['response_code', 'status', 'status_code'],
  responseFlags: ['response_flags', 'flags'],
  upstreamCluster: ['upstream_cluster_raw', 'upstream_cluster', 'cluster'],
  routeName: ['route_name', 'route'],
  headers: {
    'user-agent': 'user_agent',
    'x-request-id': 'request_id',
    'x-forwarded-for': 'x_forwarded_for',
  },
}

type JsonObject = Readonly<Record<string, unknown>>

function parseObject(line: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : 'expected a JSON object'
  } catch {
    // A line that was cut off or is no JSON is an ordinary outcome here.
    return 'expected JSON'
  }
}

/** The first of the keys that holds something; null and `-` are how Envoy says that there is nothing. */
function firstOf(object: JsonObject, keys: readonly string[]): string | undefined {
  let absent: string | undefined
  for (const key of keys) {
    const value = object[key] ?? (key.includes('.') ? nested(object, key) : undefined)
    if (value === '-') absent = '-'
    else if (typeof value === 'string') return value
    else if (typeof value === 'number') return String(value)
  }
  return absent
}

function nested(object: JsonObject, path: string): unknown {
  let value: unknown = object
  for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined
  return value
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
