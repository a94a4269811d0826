import type { FormatContext, TlsContext } from './context.ts'
import type { Read, Value } from './read.ts'

/** The operators on the TLS of one side, `DOWNSTREAM` or `UPSTREAM`. */
export function tlsOperators(
  side: string,
  read: (context: FormatContext) => TlsContext | undefined,
): [string, Read][] {
  return [...tlsFields].map(([name, field]): [string, Read] => [
    `${side}_${name}`,
    (context) => {
      const tls = read(context)
      return tls === undefined ? undefined : field(tls)
    },
  ])
}

type Tls = (tls: TlsContext) => Value

const joined = (names: readonly string[] | undefined): string | undefined =>
  names === undefined || names.length === 0 ? undefined : names.join(',')

const tlsFields: ReadonlyMap<string, Tls> = new Map<string, Tls>([
  ['TLS_VERSION', (it) => it.version],
  ['TLS_CIPHER', (it) => it.cipher],
  ['TLS_SESSION_ID', (it) => it.sessionId],
  ['PEER_SUBJECT', (it) => it.peerSubject],
  ['PEER_ISSUER', (it) => it.peerIssuer],
  ['PEER_SERIAL', (it) => it.peerSerial],
  ['PEER_FINGERPRINT_256', (it) => it.peerFingerprint256],
  ['PEER_FINGERPRINT_1', (it) => it.peerFingerprint1],
  ['PEER_URI_SAN', (it) => joined(it.peerUriSans)],
  ['PEER_DNS_SAN', (it) => joined(it.peerDnsSans)],
  ['PEER_IP_SAN', (it) => joined(it.peerIpSans)],
  ['PEER_CERT', (it) => it.peerCertificate],
  ['LOCAL_SUBJECT', (it) => it.localSubject],
  ['LOCAL_URI_SAN', (it) => joined(it.localUriSans)],
  ['LOCAL_DNS_SAN', (it) => joined(it.localDnsSans)],
  ['LOCAL_IP_SAN', (it) => joined(it.localIpSans)],
])
