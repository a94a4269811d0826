import type { SecureContextOptions, SecureVersion } from 'node:tls'
import { refuse, refuseFields } from '../errors.ts'
import { timeoutMs } from '../network/duration.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { type DataSourceJson, readDataSource } from './data-source.ts'
import { nodeTls } from './node-tls.ts'
import {
  compilePeerVerification,
  type PeerVerification,
  type ValidationContextJson,
} from './peer-verification.ts'
import { secretConfigsOf } from './supplied-tls.ts'

/** `envoy.extensions.transport_sockets.tls.v3.CommonTlsContext` in proto3 JSON, as far as it is honored. */
export interface CommonTlsContextJson {
  readonly tlsParams?: {
    readonly tlsMinimumProtocolVersion?: string
    readonly tlsMaximumProtocolVersion?: string
    readonly cipherSuites?: readonly string[]
    readonly ecdhCurves?: readonly string[]
    readonly signatureAlgorithms?: readonly string[]
  }
  readonly tlsCertificates?: readonly {
    readonly certificateChain?: DataSourceJson
    readonly privateKey?: DataSourceJson
    readonly password?: DataSourceJson
  }[]
  readonly validationContext?: ValidationContextJson
  readonly tlsCertificateSdsSecretConfigs?: readonly SdsSecretConfigJson[]
  readonly validationContextSdsSecretConfig?: SdsSecretConfigJson
  readonly combinedValidationContext?: {
    readonly defaultValidationContext?: ValidationContextJson
    readonly validationContextSdsSecretConfig?: SdsSecretConfigJson
  }
  readonly alpnProtocols?: readonly string[]
}

/** `SdsSecretConfig` in proto3 JSON, as far as it is honored. */
export interface SdsSecretConfigJson {
  readonly name?: string
  /** Undefined: it is a static secret. */
  readonly sdsConfig?: { readonly initialFetchTimeout?: string }
}

/** A secret that a context waits for. */
interface AwaitedSecret {
  readonly wanted: SdsSecretConfigJson
  /** How long a listener waits for it; infinite: as long as it takes. */
  readonly waitMs: number
}

/** The part that both directions share, compiled. */
export interface CommonTls {
  /** Secrets of SDS without which there can be no handshake; while there are any, the rest is not to be used. */
  readonly awaited: readonly AwaitedSecret[]
  /** For `createSecureContext`, `tls.createServer` and `tls.connect`. */
  readonly secureContext: SecureContextOptions
  readonly hasCertificate: boolean
  /** What verifies the peer is among the secrets that are awaited. */
  readonly awaitsRoots: boolean
  /** Undefined: the peer is not verified. */
  readonly verification: PeerVerification | undefined
  readonly alpn: readonly string[]
}

/**
 * Compiles certificates, parameters and the validation context, reading files now.
 *
 * @throws {ProxyError} on what protects and cannot be enforced
 */
export function compileCommonTls(where: string, context: CommonTlsContextJson): CommonTls {
  refuseFields(where, context, unsupported)
  const awaited = awaitedSecrets(where, context)
  const verification =
    context.validationContext &&
    compilePeerVerification(`${where}.validation_context`, context.validationContext)
  const secureContext = {
    ...compileParameters(where, context.tlsParams ?? {}),
    ...compileCertificates(where, context.tlsCertificates ?? []),
    ...(verification?.ca && { ca: verification.ca }),
    ...(verification?.crl && { crl: verification.crl }),
  }
  try {
    nodeTls().createSecureContext(secureContext)
  } catch (error) {
    refuse(`${where}: certificates, keys or parameters do not work: ${messageOf(error)}`, error)
  }
  return {
    awaited,
    secureContext,
    verification,
    hasCertificate: (context.tlsCertificates ?? []).length > 0,
    awaitsRoots: awaited.length > (context.tlsCertificateSdsSecretConfigs ?? []).length,
    alpn: context.alpnProtocols ?? [],
  }
}

/** As in Envoy a context is accepted without its secrets; connections have to wait for them. */
function awaitedSecrets(where: string, context: CommonTlsContextJson): AwaitedSecret[] {
  const { combinedValidationContext: combined } = context
  const { defaultValidationContext } = combined ?? {}
  if (combined !== undefined && combined.validationContextSdsSecretConfig === undefined) {
    refuse(`${where}.combined_validation_context without a secret verifies nothing`)
  }
  // Checked with the best that may still come: roots that are trusted.
  if (defaultValidationContext !== undefined) {
    const complete = { ...defaultValidationContext, systemRootCerts: {} }
    compilePeerVerification(`${where}.combined_validation_context`, complete)
  }
  return secretConfigsOf(context).map((wanted) => ({
    wanted,
    waitMs: timeoutMs(wanted.sdsConfig?.initialFetchTimeout, defaultWaitMs),
  }))
}

/** Envoy's `initial_fetch_timeout`. */
const defaultWaitMs = 15_000

const unsupported = [
  'tlsCertificateProviderInstance',
  'tlsCertificateCertificateProvider',
  'tlsCertificateCertificateProviderInstance',
  'customTlsCertificateSelector',
  'validationContextCertificateProvider',
  'validationContextCertificateProviderInstance',
  'customHandshaker',
]

const versions: Readonly<Record<string, SecureVersion | undefined>> = {
  TLSv1_0: 'TLSv1',
  TLSv1_1: 'TLSv1.1',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
}

/** Of TLS 1.3; Envoy's cipher_suites concern the versions before only. */
const tls13Ciphers = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'
/** Cheaper handshakes than with Node's own list, and Envoy's default. */
const defaultCurves = 'X25519:P-256'

function compileParameters(
  where: string,
  params: NonNullable<CommonTlsContextJson['tlsParams']>,
): SecureContextOptions {
  refuseFields(`${where}.tls_params`, params, ['compliancePolicies'])
  const ciphers = params.cipherSuites ?? []
  const signatures = params.signatureAlgorithms ?? []
  const curves = params.ecdhCurves ?? []
  return {
    minVersion: versions[params.tlsMinimumProtocolVersion ?? ''] ?? 'TLSv1.2',
    maxVersion: versions[params.tlsMaximumProtocolVersion ?? ''] ?? 'TLSv1.3',
    ecdhCurve: curves.length > 0 ? curves.join(':') : defaultCurves,
    // BoringSSL's groups of equal preference, [A|B], become a plain order.
    ...(ciphers.length > 0 && {
      ciphers: `${tls13Ciphers}:${ciphers.join(':').replace(/[[\]]/g, '').replaceAll('|', ':')}`,
    }),
    ...(signatures.length > 0 && { sigalgs: signatures.join(':') }),
  }
}

function compileCertificates(
  where: string,
  certificates: NonNullable<CommonTlsContextJson['tlsCertificates']>,
): SecureContextOptions {
  const pairs = certificates.map((it, i) => readPair(`${where}.tls_certificates[${i}]`, it))
  const kinds = new Set(pairs.map((it) => it.kind))
  if (kinds.size < pairs.length) {
    refuse(`${where}.tls_certificates: more than one certificate of one key type is not supported`)
  }
  if (pairs.length === 0) return {}
  return { cert: pairs.map((it) => it.cert), key: pairs.map((it) => ({ pem: it.key })) }
}

interface Pair {
  readonly cert: Buffer
  readonly key: Buffer | string
  readonly kind: string | undefined
}

function readPair(
  where: string,
  certificate: NonNullable<CommonTlsContextJson['tlsCertificates']>[number],
): Pair {
  refuseFields(where, certificate, ['pkcs12', 'privateKeyProvider', 'ocspStaple'])
  const cert = readDataSource(`${where}.certificate_chain`, certificate.certificateChain ?? {})
  const pem = readDataSource(`${where}.private_key`, certificate.privateKey ?? {})
  const passphrase =
    certificate.password && readDataSource(`${where}.password`, certificate.password).toString()
  try {
    const key = nodeCrypto().createPrivateKey({
      key: pem,
      ...(passphrase !== undefined && { passphrase }),
    })
    return {
      cert,
      key: key.export({ type: 'pkcs8', format: 'pem' }),
      kind: key.asymmetricKeyType,
    }
  } catch (error) {
    return refuse(`${where}.private_key cannot be used`, error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
