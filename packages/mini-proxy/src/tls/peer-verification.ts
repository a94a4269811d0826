import { refuse, refuseFields } from '../errors.ts'
import { tryParseIp } from '../network/ip-address.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { type DataSourceJson, readDataSource } from './data-source.ts'
import {
  type SubjectAlternativeName,
  subjectAlternativeNames,
} from './subject-alternative-names.ts'

/** `envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext` in proto3 JSON, as far as it is honored. */
export interface ValidationContextJson {
  readonly trustedCa?: DataSourceJson
  readonly systemRootCerts?: object
  readonly crl?: DataSourceJson
  readonly verifyCertificateSpki?: readonly string[]
  readonly verifyCertificateHash?: readonly string[]
  readonly matchTypedSubjectAltNames?: readonly {
    readonly sanType?: string
    readonly matcher?: StringMatcherJson
  }[]
  readonly matchSubjectAltNames?: readonly StringMatcherJson[]
}

interface StringMatcherJson {
  readonly exact?: string
  readonly prefix?: string
  readonly suffix?: string
  readonly contains?: string
  readonly safeRegex?: object
  readonly custom?: object
  readonly ignoreCase?: boolean
}

/** What a peer's certificate has to satisfy. */
export interface PeerVerification {
  /** PEM; undefined: the system's roots. */
  readonly ca: Buffer | undefined
  readonly crl: Buffer | undefined
  /** Why a certificate (DER), whose chain has been verified, is still refused; undefined: it is not. */
  readonly refusal: (der: Uint8Array) => string | undefined
}

/**
 * Compiles a validation context.
 *
 * @throws {ProxyError} on anything that protects and cannot be enforced; on names or pins without a trusted CA
 */
export function compilePeerVerification(
  where: string,
  context: ValidationContextJson,
): PeerVerification | undefined {
  refuseFields(where, context, unsupported)
  const trusted = context.trustedCa !== undefined || context.systemRootCerts !== undefined
  const names = compileNames(where, context)
  const pins = compilePins(context)
  if (!trusted) {
    if (names.length > 0 || pins !== undefined || context.crl !== undefined) {
      refuse(`${where}: names, pins and CRLs are checked only together with trusted_ca`)
    }
    return undefined
  }
  return {
    ca: context.trustedCa && readRoots(`${where}.trusted_ca`, context.trustedCa),
    crl: context.crl && readDataSource(`${where}.crl`, context.crl),
    refusal: (der) => {
      if (pins !== undefined && !pins(der)) return 'certificate is not one of the pinned'
      if (names.length === 0) return undefined
      const present = subjectAlternativeNames(der)
      return names.some((fits) => present.some(fits))
        ? undefined
        : 'no subject alternative name of the certificate matches'
    },
  }
}

/** PEM. Looked at here, for Node takes certificates up to the first that is broken, and none at all, without a word. */
function readRoots(where: string, source: DataSourceJson): Buffer {
  const pem = readDataSource(where, source)
  const text = pem.toString('latin1')
  const roots = text.match(wholeCertificate) ?? []
  const begun = text.match(beginOfCertificate) ?? []
  if (roots.length === 0) refuse(`${where}: expected PEM with a certificate`)
  if (roots.length < begun.length) refuse(`${where}: a certificate is cut off`)
  try {
    for (const root of roots) new (nodeCrypto().X509Certificate)(root)
  } catch (error) {
    refuse(`${where}: a certificate cannot be read`, error)
  }
  return pem
}

const beginOfCertificate = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g
const wholeCertificate = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]*-----END \1-----/g

type NamePredicate = (name: SubjectAlternativeName) => boolean

const unsupported = [
  'caCertificateProviderInstance',
  'requireSignedCertificateTimestamp',
  'allowExpiredCertificate',
  'customValidatorConfig',
  'onlyVerifyLeafCertCrl',
  'maxVerifyDepth',
]

function compileNames(where: string, context: ValidationContextJson): NamePredicate[] {
  const trust = (context as { trustChainVerification?: unknown }).trustChainVerification
  if (trust !== undefined && trust !== 'VERIFY_TRUST_CHAIN') {
    refuse(`${where}.trust_chain_verification ${JSON.stringify(trust)} is not supported`)
  }
  const typed = (context.matchTypedSubjectAltNames ?? []).map(({ sanType, matcher }) =>
    compileName(where, sanType, matcher ?? {}),
  )
  const untyped = (context.matchSubjectAltNames ?? []).map((it) =>
    compileName(where, undefined, it),
  )
  return [...typed, ...untyped]
}

function compileName(
  where: string,
  type: string | undefined,
  matcher: StringMatcherJson,
): NamePredicate {
  if (type === 'OTHER_NAME') refuse(`${where}: san_type OTHER_NAME is not supported`)
  const text = compileText(where, matcher)
  const exactIp = type === 'IP_ADDRESS' ? tryParseIp(matcher.exact ?? '')?.join('.') : undefined
  return (name) => {
    if (type !== undefined && name.type !== type) return false
    if (exactIp !== undefined) return tryParseIp(name.value)?.join('.') === exactIp
    if (name.type === 'DNS' && matcher.exact !== undefined)
      return dnsFits(name.value, matcher.exact)
    return text(name.value)
  }
}

function compileText(where: string, matcher: StringMatcherJson): (text: string) => boolean {
  refuseFields(`${where} subject alternative name`, matcher, ['safeRegex', 'custom'])
  const fold = (it: string): string => (matcher.ignoreCase === true ? it.toLowerCase() : it)
  const { exact, prefix, suffix, contains } = matcher
  if (exact !== undefined) return (text) => fold(text) === fold(exact)
  if (prefix !== undefined) return (text) => fold(text).startsWith(fold(prefix))
  if (suffix !== undefined) return (text) => fold(text).endsWith(fold(suffix))
  if (contains !== undefined) return (text) => fold(text).includes(fold(contains))
  return refuse(`${where}: empty subject alternative name matcher`)
}

/** A certificate's `*.a.b` stands for exactly one label in front of `a.b`. */
function dnsFits(presented: string, wanted: string): boolean {
  const [name, host] = [presented.toLowerCase(), wanted.toLowerCase()]
  if (name === host) return true
  if (!name.startsWith('*.')) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot) === name.slice(1)
}

function compilePins(context: ValidationContextJson): ((der: Uint8Array) => boolean) | undefined {
  const keys = new Set(context.verifyCertificateSpki ?? [])
  const hashes = new Set(
    (context.verifyCertificateHash ?? []).map((it) => it.replaceAll(':', '').toLowerCase()),
  )
  if (keys.size === 0 && hashes.size === 0) return undefined
  return (der) => {
    if (hashes.has(nodeCrypto().createHash('sha256').update(der).digest('hex'))) return true
    const spki = new (nodeCrypto().X509Certificate)(der).publicKey.export({
      type: 'spki',
      format: 'der',
    })
    return keys.has(nodeCrypto().createHash('sha256').update(spki).digest('base64'))
  }
}
