import type { Diagnostic, GatewayServer, Snapshot } from '@meshwright/mesh-config'

/** A sentence names as many settings; the rest are counted. */
const maxNamed = 5

/**
 * What answers rest on where a configuration protects something: that requests get as far as the routes. A sentence, or
 * none where nothing is protected.
 */
export function unenforcedAssumptions(diagnostics: readonly Diagnostic[]): readonly string[] {
  const names = [
    ...new Set(
      diagnostics.filter(({ code }) => code === 'WARN_CONFIG_NOT_ENFORCED').map(settingOf),
    ),
  ]
  if (names.length === 0) return []
  const more = names.length - maxNamed
  const named = [...names.slice(0, maxNamed), ...(more > 0 ? [`${more} more`] : [])]
  return [`requests pass, and are not changed by, what is not looked at: ${named.join(', ')}`]
}

/** The kind of a resource, or the field: `spec.servers.tls`. */
function settingOf({ path, got }: Diagnostic): string {
  if (/(?:^|\.)kind$/.test(path) && got !== undefined) return got
  return path.replaceAll(/\[\d+\]/g, '')
}

/** Modes in which a gateway reads the requests itself. */
const terminating: ReadonlySet<string | undefined> = new Set([
  'SIMPLE',
  'MUTUAL',
  'ISTIO_MUTUAL',
  'OPTIONAL_MUTUAL',
])

/** The same mesh with gateways that take in plain HTTP what they take in TLS: the routes are the same. */
export function withPlainServers(snapshot: Snapshot): Snapshot {
  if (!snapshot.gateways.some(({ spec }) => spec.servers.some(endsTls))) return snapshot
  return {
    ...snapshot,
    gateways: snapshot.gateways.map((gateway) => ({
      ...gateway,
      spec: { ...gateway.spec, servers: gateway.spec.servers.map(plainServer) },
    })),
  }
}

function endsTls({ port, tls }: GatewayServer): boolean {
  return port.protocol.toUpperCase() === 'HTTPS' && terminating.has(tls?.mode)
}

function plainServer(server: GatewayServer): GatewayServer {
  if (!endsTls(server)) return server
  const { tls: _, ...rest } = server
  return { ...rest, port: { ...server.port, protocol: 'HTTP' } }
}
