/** The domain of a cluster unless told otherwise. */
export const defaultDomain = 'cluster.local'

/**
 * The full name of a host that a resource of `namespace` mentions: a short name is a service of
 * the same namespace, a name with a dot stands for itself.
 *
 * @example
 * ```ts
 * resolveHost('reviews', 'default') // => 'reviews.default.svc.cluster.local'
 * resolveHost('api.example.org', 'default') // => 'api.example.org'
 * ```
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
 */
export function resolveHost(
  host: string,
  namespace: string,
  domain: string = defaultDomain,
): string {
  return host.includes('.') || host === '*' || host === ''
    ? host
    : `${host}.${namespace}.svc.${domain}`
}

/**
 * Whether `pattern` (a name, `*.suffix` or `*`) covers `host`, which may be a pattern itself.
 *
 * @example
 * ```ts
 * hostCovers('*.example.org', 'api.example.org') // => true
 * hostCovers('*.example.org', 'example.org') // => false
 * ```
 */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true
  if (!pattern.startsWith('*')) return false
  const suffix = pattern.slice(1)
  const name = host.startsWith('*') ? host.slice(1) : host
  return (
    name.endsWith(suffix) &&
    name.length >= suffix.length &&
    (host.startsWith('*') || name !== suffix)
  )
}

/** Whether some host falls under both patterns. */
export function hostsOverlap(a: string, b: string): boolean {
  return hostCovers(a, b) || hostCovers(b, a)
}

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i

/** Whether `text` is a DNS name; labels may contain underscores as Istio lets them. */
export function isDnsName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  return (
    name.length <= 253 &&
    name
      .split('.')
      .every((part) => label.test(part.replaceAll('_', '-')) || /^_[a-z0-9-]+$/i.test(part))
  )
}

/** Whether `text` is a DNS name, `*.` and a DNS name, or `*`. */
export function isWildcardDnsName(text: string): boolean {
  if (text === '*') return true
  return isDnsName(text.startsWith('*.') ? text.slice(2) : text)
}
