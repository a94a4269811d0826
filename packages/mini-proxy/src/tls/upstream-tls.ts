import { connect as connectPlain, type IpcNetConnectOpts, type TcpNetConnectOpts } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { refuseFields } from '../errors.ts'
import type { OfferedProtocol } from '../http/pool.ts'
import {
  type CommonTls,
  type CommonTlsContextJson,
  compileCommonTls,
} from './common-tls-context.ts'
import { nodeTls } from './node-tls.ts'
import { type Secrets, suppliedTls } from './supplied-tls.ts'

/** `envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext` in proto3 JSON, as far as it is honored. */
export interface UpstreamTlsContextJson {
  readonly commonTlsContext?: CommonTlsContextJson
  readonly sni?: string
}

/** Opens TLS connections as one context says. */
export interface UpstreamTls {
  /** Whether the server's certificate is verified at all. */
  readonly verifies: boolean
  /**
   * Throws while secrets of SDS are awaited.
   *
   * `offer`: which versions of HTTP may be agreed on; undefined for whatever the context names. `header`: sent in plain text
   * before the handshake.
   */
  connect(
    to: TcpNetConnectOpts | IpcNetConnectOpts,
    offer: OfferedProtocol | undefined,
    header: Uint8Array | undefined,
  ): TLSSocket
}

/**
 * Compiles a context.
 *
 * @throws {ProxyError} on anything that protects and cannot be enforced
 */
export function compileUpstreamTls(
  where: string,
  json: UpstreamTlsContextJson,
  secrets: Secrets,
): UpstreamTls {
  refuseFields(where, json, ['autoHostSni', 'autoSniSanValidation'])
  const common = compileCommonTls(`${where}.common_tls_context`, json.commonTlsContext ?? {})
  if (common.awaited.length === 0) return upstreamTls(common, json)
  const supplied = suppliedTls(json.commonTlsContext ?? {}, (complete) =>
    upstreamTls(compileCommonTls(`${where}.common_tls_context`, complete), json),
  )
  return {
    verifies: common.awaitsRoots || common.verification !== undefined,
    connect: (to, offer, header) => {
      const tls = supplied(secrets)
      // Envoy's words. Thrown, it is a connection that failed: a later one may find the secrets.
      if (tls === undefined) throw new Error('TLS_error:_Secret_is_not_supplied_by_SDS')
      return tls.connect(to, offer, header)
    },
  }
}

function upstreamTls(common: CommonTls, json: UpstreamTlsContextJson): UpstreamTls {
  const { verification } = common
  const options: ConnectionOptions = {
    ...common.secureContext,
    servername: json.sni ?? '',
    rejectUnauthorized: verification !== undefined,
    // In place of Node's check of the host name: the context says which names are good.
    checkServerIdentity: (_host, certificate) => {
      const refusal = verification?.refusal(certificate.raw)
      return refusal === undefined ? undefined : new Error(refusal)
    },
  }
  return {
    verifies: verification !== undefined,
    connect: (to, offer, header) => {
      const alpn = offered(common.alpn, offer)
      const all = { ...options, ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }) }
      if (header === undefined) return nodeTls().connect({ ...all, ...to })
      const plain = connectPlain(to)
      plain.write(header)
      const secure = nodeTls().connect({ ...all, socket: plain })
      plain.on('error', (error) => secure.destroy(error))
      return secure
    },
  }
}

/** What is not spoken is not offered, and what has to be agreed on always. */
function offered(alpn: readonly string[], offer: OfferedProtocol | undefined): readonly string[] {
  switch (offer) {
    case 'http1':
      return alpn.filter((it) => it !== 'h2')
    case 'http2': {
      const fit = alpn.filter((it) => !it.startsWith('http/1'))
      return fit.length > 0 ? fit : ['h2']
    }
    case 'alpn':
      return alpn.includes('h2') ? alpn : ['h2', 'http/1.1']
    default:
      return alpn
  }
}
