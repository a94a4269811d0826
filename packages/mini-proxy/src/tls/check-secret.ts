import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { type CommonTlsContextJson, compileCommonTls } from './common-tls-context.ts'
import type { ValidationContextJson } from './peer-verification.ts'

/**
 * Tries a secret out, by itself.
 *
 * @throws {ProxyError} its certificate, key or roots cannot be used
 */
export function checkSecret({ tlsCertificate, validationContext }: SecretJson): void {
  if (tlsCertificate !== undefined) {
    // The shape was validated with its message type.
    const certificate = tlsCertificate as NonNullable<CommonTlsContextJson['tlsCertificates']>[0]
    compileCommonTls('secret', { tlsCertificates: [certificate] })
  }
  if (validationContext !== undefined) {
    // The roots may be in the context that it completes.
    const complete = { systemRootCerts: {}, ...validationContext } as ValidationContextJson
    compileCommonTls('secret', { validationContext: complete })
  }
}
