import type { ClientStatus, TypeStatus } from '@meshwright/xds-server'
import { clientName } from './client-name.ts'
import { shortType } from './short-types.ts'

/** What Istio's `/debug/syncz` calls the types. */
const prefixes: ReadonlyMap<string, string> = new Map([
  ['cds', 'cluster'],
  ['eds', 'endpoint'],
  ['lds', 'listener'],
  ['rds', 'route'],
])

/**
 * How far every client is, as Istio's `/debug/syncz` tells it: `proxy`, `cluster_sent` and
 * `cluster_acked` (nonces), and so on; beside that `synced`, and per type the versions, what is
 * wanted and why the last response was refused.
 */
export function syncz(clients: readonly ClientStatus[]): readonly object[] {
  return clients.map((client) => ({
    proxy: clientName(client),
    node_id: client.node.id ?? '',
    cluster_id: textOf(client.node.metadata, 'CLUSTER_ID', 'Kubernetes'),
    istio_version: textOf(client.node.metadata, 'ISTIO_VERSION', ''),
    connection: client.id,
    protocol: client.variant,
    peer: client.peer,
    connected_at: time(client.connectedAtWallMs),
    synced: client.settled,
    ...Object.fromEntries(client.types.flatMap(nonces)),
    types: client.types.map(typeEntry),
  }))
}

function nonces(type: TypeStatus): [string, string][] {
  const prefix = prefixes.get(shortType(type.typeUrl))
  if (prefix === undefined) return []
  return [
    [`${prefix}_sent`, type.sent?.nonce ?? ''],
    [`${prefix}_acked`, type.accepted?.nonce ?? ''],
  ]
}

function typeEntry(type: TypeStatus): object {
  const { typeUrl, status, sent, accepted, rejection } = type
  return {
    type_url: typeUrl,
    status,
    subscribed: [...(type.wildcard ? ['*'] : []), ...type.names],
    version_sent: sent?.version ?? '',
    version_acked: accepted?.version ?? '',
    nonce_sent: sent?.nonce ?? '',
    nonce_acked: accepted?.nonce ?? '',
    ...(sent === undefined ? {} : { sent_at: time(sent.atWallMs) }),
    ...(accepted === undefined ? {} : { acked_at: time(accepted.atWallMs) }),
    ...(rejection === undefined
      ? {}
      : {
          error: {
            code: rejection.code,
            message: rejection.message,
            version: rejection.version,
            nonce: rejection.nonce,
            at: time(rejection.atWallMs),
          },
        }),
  }
}

function textOf(metadata: unknown, key: string, otherwise: string): string {
  if (typeof metadata !== 'object' || metadata === null) return otherwise
  const value: unknown = Object.entries(metadata).find(([name]) => name === key)?.[1]
  return typeof value === 'string' ? value : otherwise
}

function time(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
