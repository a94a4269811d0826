import { messageTypeFor, XdsTypesError } from '@meshwright/xds-types'
import { refuse } from '../errors.ts'

/** A typed config in proto3 JSON. */
export interface TypedConfigJson {
  readonly '@type': string
  readonly [field: string]: unknown
}

const typedStructs = new Set([
  'type.googleapis.com/udpa.type.v1.TypedStruct',
  'type.googleapis.com/xds.type.v3.TypedStruct',
])

/**
 * The config that a TypedStruct wraps, under its own type; anything else as it is. A wrapped message of a known type is
 * held to the rules of that type, as it would have been had it come unwrapped.
 *
 * @throws {ProxyError} the wrapped value is no such message
 */
export function unwrapTypedStruct(config: TypedConfigJson): TypedConfigJson {
  if (!typedStructs.has(config['@type'])) return config
  const { typeUrl = '', value } = config as { typeUrl?: string; value?: Record<string, unknown> }
  const type = messageTypeFor(typeUrl)
  if (type === undefined) return { ...value, '@type': typeUrl }
  try {
    const message = type.fromJson(value ?? {})
    const [violation] = type.validate(message)
    if (violation !== undefined)
      refuse(`${typeNameOf(typeUrl)}: ${violation.path}: ${violation.message}`)
    return { ...(type.toJson(message) as object), '@type': typeUrl }
  } catch (error) {
    if (!(error instanceof XdsTypesError)) throw error
    return refuse(`${typeNameOf(typeUrl)} in a TypedStruct: ${error.message}`, error)
  }
}

/** The message's name in a type URL: what follows the last slash. An `Any` that holds nothing has none. */
export function typeNameOf(typeUrl: string | undefined): string {
  return typeUrl === undefined ? '' : typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
}
