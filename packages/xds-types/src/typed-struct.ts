import { type AnyJson, messageTypeFor } from './message-type.ts'
import { typeNameFromUrl } from './type-url.ts'

const typedStructs = new Set(['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct'])

/**
 * The Any that a TypedStruct stands for: the type URL that it names and its value as canonical JSON
 * of that type. Any other Any comes back as it is; so does a TypedStruct of a type that is not known.
 *
 * @throws {XdsTypesError} if the value is not of the type that the TypedStruct names.
 */
export function openTypedStruct(any: AnyJson): AnyJson {
  if (!typedStructs.has(typeNameFromUrl(any['@type']))) return any
  const typeUrl = any['typeUrl'] ?? any['type_url']
  const type = typeof typeUrl === 'string' ? messageTypeFor(typeUrl) : undefined
  if (type === undefined) return any
  const json = type.toJson(type.fromJson(any['value'] ?? {}))
  return { '@type': type.typeUrl, ...(json as object) }
}
