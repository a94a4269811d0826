import { Buffer } from 'node:buffer'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type {
  DataSourceJson,
  GrpcService_GoogleGrpcJson,
} from '@meshwright/xds-types/envoy/config/core/v3'
import type {
  CommonTlsContextJson,
  UpstreamTlsContextJson,
} from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import type { AdsCredentials, PemSource } from './bootstrap.ts'

const tlsUrl = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
const rawUrl = 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'

// Everything else in these messages narrows whom we trust. What is not enforced is refused.
const enforced = {
  context: ['commonTlsContext', 'sni', '@type', 'maxSessionKeys'],
  common: ['tlsCertificates', 'validationContext', 'alpnProtocols'],
  validation: ['trustedCa'],
}

/** Takes the name of a field, as below the message at hand, and what is wrong with it. */
export type Report = (field: string, message: string) => void

/** The credentials that a static cluster's transport socket stands for. */
export function clusterCredentials(cluster: ClusterJson, report: Report): AdsCredentials {
  const config = cluster.transportSocket?.typedConfig
  if (config === undefined || config['@type'] === rawUrl) return { kind: 'insecure' }
  if (config['@type'] !== tlsUrl) {
    report('@type', `expected ${tlsUrl}, got ${config['@type']}`)
    return { kind: 'insecure' }
  }
  return tlsCredentials(config as UpstreamTlsContextJson, report)
}

/** The credentials of a `google_grpc` service; none are plaintext. */
export function googleCredentials(
  service: GrpcService_GoogleGrpcJson,
  report: Report,
): AdsCredentials {
  if ((service.callCredentials ?? []).length > 0) report('call_credentials', 'not supported yet')
  const { sslCredentials, localCredentials, googleDefault } = service.channelCredentials ?? {}
  if (googleDefault !== undefined) report('channel_credentials.google_default', 'not supported')
  if (localCredentials !== undefined || sslCredentials === undefined) return { kind: 'insecure' }
  return {
    kind: 'tls',
    roots: pemOf(sslCredentials.rootCerts),
    certificateChain: pemOf(sslCredentials.certChain),
    privateKey: pemOf(sslCredentials.privateKey),
    serverName: undefined,
  }
}

function tlsCredentials(context: UpstreamTlsContextJson, report: Report): AdsCredentials {
  const common: CommonTlsContextJson = context.commonTlsContext ?? {}
  const validation = common.validationContext ?? {}
  const refuse = refuseOthers(report)
  refuse('', context, enforced.context)
  refuse('common_tls_context.', common, enforced.common)
  refuse('common_tls_context.validation_context.', validation, enforced.validation)
  const [certificate] = common.tlsCertificates ?? []
  return {
    kind: 'tls',
    roots: pemOf(validation.trustedCa),
    certificateChain: pemOf(certificate?.certificateChain),
    privateKey: pemOf(certificate?.privateKey),
    serverName: context.sni || undefined,
  }
}

function refuseOthers(report: Report) {
  return (prefix: string, message: object, known: readonly string[]): void => {
    for (const field of Object.keys(message)) {
      if (known.includes(field)) continue
      const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      report(`${prefix}${name}`, 'not enforced for the control plane yet, and therefore refused')
    }
  }
}

function pemOf(source: DataSourceJson | undefined): PemSource | undefined {
  if (source?.filename !== undefined) return { file: source.filename }
  if (source?.inlineString !== undefined) return { pem: source.inlineString }
  if (source?.inlineBytes !== undefined) {
    return { pem: Buffer.from(source.inlineBytes, 'base64').toString('utf8') }
  }
  const variable = source?.environmentVariable
  return variable === undefined ? undefined : { environment: variable }
}
