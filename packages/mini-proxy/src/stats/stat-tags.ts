/** A part of a name that is a value: Prometheus gets it as a label. */
export interface StatTag {
  readonly name: string
  readonly value: string
}

/**
 * Takes Envoy's tags out of a name.
 *
 * Of a scope (`cluster.outbound|80||a.b`) everything after the first word is the tag's value, dots included; of a whole
 * name the value ends at the next dot, as with Envoy's default expressions.
 */
export function readTags(
  name: string,
  isScope: boolean,
): { readonly baseName: string; readonly tags: readonly StatTag[] } {
  const [kind, tag] = scopeTags.find(([prefix]) => name.startsWith(prefix)) ?? []
  if (kind === undefined || tag === undefined) return readResponseCode(name)
  const rest = name.slice(kind.length)
  const end = isScope ? rest.length : rest.indexOf('.')
  if (end === -1) return readResponseCode(name)
  const after = readResponseCode(rest.slice(end + 1))
  const family = kind.slice(0, -1)
  return {
    baseName: after.baseName === '' ? family : `${family}.${after.baseName}`,
    tags: [{ name: tag, value: rest.slice(0, end) }, ...after.tags],
  }
}

const scopeTags: readonly (readonly [prefix: string, tag: string])[] = [
  ['cluster.', 'envoy_cluster_name'],
  ['http.', 'envoy_http_conn_manager_prefix'],
  ['listener.', 'envoy_listener_address'],
  ['tcp.', 'envoy_tcp_prefix'],
]

/** `…_rq_2xx` and `…_rq_200`. */
function readResponseCode(name: string): {
  readonly baseName: string
  readonly tags: readonly StatTag[]
} {
  const found = /^(.*_rq)_(\d)(xx|\d\d)$/.exec(name)
  if (found === null) return { baseName: name, tags: [] }
  const [, base = '', digit = '', rest = ''] = found
  return rest === 'xx'
    ? { baseName: `${base}_xx`, tags: [{ name: 'envoy_response_code_class', value: digit }] }
    : { baseName: base, tags: [{ name: 'envoy_response_code', value: `${digit}${rest}` }] }
}
