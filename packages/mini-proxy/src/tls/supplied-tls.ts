import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { ProxyError } from '../errors.ts'
import type { CommonTlsContextJson, SdsSecretConfigJson } from './common-tls-context.ts'
import type { ValidationContextJson } from './peer-verification.ts'

/**
 * The secrets in force: of SDS, and static ones, which are named without a source. Which ones there are may change between two
 * looks; a secret itself never does.
 */
export interface Secrets {
  get(wanted: SdsSecretConfigJson): SecretJson | undefined
  /** Hears that a context cannot use this one. */
  misfit(wanted: SdsSecretConfigJson, why: string): void
}

/** There are none. */
export const noSecrets: Secrets = { get: () => undefined, misfit: () => undefined }

/**
 * What a context comes to with its secrets: undefined before all of them are there, made again when one is replaced. What was
 * made last stays when a secret goes away, or turns out not to fit the context, which `secrets` hears then. O(secrets of the
 * context) per look.
 */
export function suppliedTls<T>(
  context: CommonTlsContextJson,
  compile: (complete: CommonTlsContextJson) => T,
): (secrets: Secrets) => T | undefined {
  const wanted = secretConfigsOf(context)
  let used: readonly (SecretJson | undefined)[] = []
  let made: T | undefined
  return (secrets) => {
    const found = wanted.map((it) => secrets.get(it))
    if (used.length > 0 && found.every((it, i) => it === used[i])) return made
    const changed = wanted.filter((_, i) => found[i] !== used[i])
    used = found
    try {
      const complete = completed(context, secrets)
      if (complete !== undefined) made = compile(complete)
    } catch (error) {
      tell(secrets, error, changed)
    }
    return made
  }
}

/** The secrets that a context takes from SDS, in the order of its fields. */
export function secretConfigsOf(context: CommonTlsContextJson): SdsSecretConfigJson[] {
  const secrets = [
    ...(context.tlsCertificateSdsSecretConfigs ?? []),
    context.validationContextSdsSecretConfig,
    context.combinedValidationContext?.validationContextSdsSecretConfig,
  ]
  return secrets.filter((it) => it !== undefined)
}

/** Says of which secret it is that a context cannot be completed; of `changed`, any may not go with the rest. */
function tell(secrets: Secrets, error: unknown, changed: readonly SdsSecretConfigJson[]): void {
  if (!(error instanceof ProxyError)) throw error
  const blamed = error instanceof Misfit ? [error.secret] : changed
  for (const it of blamed) secrets.misfit(it, error.reason)
}

/** A secret that its context cannot use, whatever the other ones are. */
class Misfit extends ProxyError {
  readonly secret: SdsSecretConfigJson

  constructor(secret: SdsSecretConfigJson, reason: string) {
    super('ERR_PROXY_CONFIG', reason)
    this.secret = secret
  }
}

/**
 * The context that says in its own fields what its secrets say; undefined while one is missing.
 *
 * @throws {ProxyError} one is not what the context asks for
 */
function completed(
  context: CommonTlsContextJson,
  secrets: Secrets,
): CommonTlsContextJson | undefined {
  const {
    tlsCertificateSdsSecretConfigs = [],
    validationContextSdsSecretConfig: whole,
    combinedValidationContext: combined,
    ...rest
  } = context
  const certificates = tlsCertificateSdsSecretConfigs.map((it) =>
    partOf(secrets, it, 'tlsCertificate'),
  )
  const source = whole ?? combined?.validationContextSdsSecretConfig
  const validation = source && partOf(secrets, source, 'validationContext')
  if (certificates.includes(undefined)) return undefined
  if (source !== undefined && validation === undefined) return undefined
  const given = combined?.defaultValidationContext ?? {}
  return {
    ...rest,
    tlsCertificates: [
      ...(context.tlsCertificates ?? []),
      ...certificates.flatMap((it) => it ?? []),
    ],
    // The shape was validated with its message type.
    ...(validation && {
      validationContext: completeValidation(given, validation as ValidationContextJson, source),
    }),
  }
}

/** What there is of this secret; undefined: it is not there. */
function partOf<K extends 'tlsCertificate' | 'validationContext'>(
  secrets: Secrets,
  wanted: SdsSecretConfigJson,
  kind: K,
): SecretJson[K] | undefined {
  const secret = secrets.get(wanted)
  if (secret === undefined) return undefined
  return secret[kind] ?? misfit(wanted, `it is no ${kinds[kind]}`)
}

const kinds = { tlsCertificate: 'certificate', validationContext: 'validation context' } as const

function misfit(secret: SdsSecretConfigJson, reason: string): never {
  throw new Misfit(secret, reason)
}

/** As messages merge: lists grow, all else is replaced. */
function completeValidation(
  given: ValidationContextJson,
  secret: ValidationContextJson,
  wanted: SdsSecretConfigJson,
): ValidationContextJson {
  const entries = Object.entries(secret).map(([field, value]) => {
    const before = given[field as keyof ValidationContextJson]
    const isList = Array.isArray(value) && Array.isArray(before)
    return [field, isList ? [...before, ...value] : value]
  })
  const complete: ValidationContextJson = { ...given, ...Object.fromEntries(entries) }
  // Nobody who waits for roots means to go without any.
  if (complete.trustedCa === undefined && complete.systemRootCerts === undefined) {
    misfit(wanted, 'validation context has no trusted_ca, neither by itself nor by its secret')
  }
  return complete
}
