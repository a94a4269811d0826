import type { MeshService } from '@meshwright/mesh-config'
import { isIpAddress, isIpv6Address } from './host.ts'
import type { Scope } from './scope.ts'

/**
 * The names by which an application may call a service: its full name, the shorter ones that
 * resolve from the proxy's own domain, and its virtual addresses.
 */
export function domainsOf(service: MeshService, scope: Scope): readonly string[] {
  return [...hostDomains(service.hostname, scope), ...service.addresses.filter(isIpAddress)].map(
    (name) => (isIpv6Address(name) ? `[${name}]` : name),
  )
}

/** The names of a host without its addresses. */
function hostDomains(host: string, { proxy, clusterDomain }: Scope): readonly string[] {
  if (host.startsWith('*') || isIpAddress(host)) return [host]
  const full = [host, `${host}.`]
  const suffix = `.svc.${clusterDomain}`
  if (!host.endsWith(suffix) || !proxy.domain.endsWith(suffix.slice(1))) return full
  const inNamespace = host.slice(0, -suffix.length)
  const dot = inNamespace.lastIndexOf('.')
  const short = inNamespace.slice(0, dot)
  const isOwn = proxy.domain === `${inNamespace.slice(dot + 1)}${suffix}`
  return [...full, ...(isOwn ? [short] : []), `${inNamespace}.svc`, inNamespace]
}

/** The same names with a port, as a `Host` header has them. */
export function withPort(domains: readonly string[], port: number): readonly string[] {
  return domains.map((domain) => `${domain}:${port}`)
}
