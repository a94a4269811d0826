import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { ProxyError, refuse } from '../errors.ts'
import type { CommonTlsContextJson, SdsSecretConfigJson } from './common-tls-context.ts'
import type { ValidationContextJson } from './peer-verification.ts'

/** The secrets in force, by name. Which ones there are may change between two looks; a secret itself never does. */
export interface Secrets {
  get(name: string): SecretJson | undefined
}

/** There are none. */
export const noSecrets: Secrets = new Map()

/**
 * What a context comes to with its secrets: undefined before all of them are there, made again when one is replaced. What was
 * made last stays when a secret goes away, or turns out not to fit the rest of the context. O(secrets of the context) per look.
 */
export function suppliedTls<T>(
  context: CommonTlsContextJson,
  compile: (complete: CommonTlsContextJson) => T,
): (secrets: Secrets) => T | undefined {
  const names = secretConfigsOf(context).map(({ name = '' }) => name)
  let used: readonly (SecretJson | undefined)[] = []
  let made: T | undefined
  return (secrets) => {
    const found = names.map((name) => secrets.get(name))
    if (used.length > 0 && found.every((it, i) => it === used[i])) return made
    used = found
    try {
      const complete = completed(context, secrets)
      if (complete !== undefined) made = compile(complete)
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
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

/** The context that says in its own fields what its secrets say; undefined while one is missing, or is of another kind. */
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
  const certificates = tlsCertificateSdsSecretConfigs.map(
    ({ name = '' }) => secrets.get(name)?.tlsCertificate,
  )
  const source = whole ?? combined?.validationContextSdsSecretConfig
  const validation = source && secrets.get(source.name ?? '')?.validationContext
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
    ...(validation && { validationContext: merged(given, validation as ValidationContextJson) }),
  }
}

/** As messages merge: lists grow, all else is replaced. */
function merged(
  given: ValidationContextJson,
  secret: ValidationContextJson,
): ValidationContextJson {
  const entries = Object.entries(secret).map(([field, value]) => {
    const before = given[field as keyof ValidationContextJson]
    const isList = Array.isArray(value) && Array.isArray(before)
    return [field, isList ? [...before, ...value] : value]
  })
  const complete: ValidationContextJson = { ...given, ...Object.fromEntries(entries) }
  // Nobody who waits for roots means to go without any.
  if (complete.trustedCa === undefined && complete.systemRootCerts === undefined) {
    refuse('validation context has no trusted_ca, neither by itself nor by its secret')
  }
  return complete
}
