import { hash } from 'node:crypto'
import { messageTypeFor, versionOf } from '@meshwright/xds-types'
import { dependentsOf } from './dependents.ts'
import { XdsServerError } from './errors.ts'
import { type NamedResource, type ResourceSet, resourcesByType } from './resource-set.ts'
import type { WireSet } from './session.ts'
import { SharedValues } from './shared-values.ts'
import type { TypeResources } from './type-resources.ts'
import type { WireResource } from './wire-resource.ts'
import { bytesField, concat, stringField } from './wire-writer.ts'

// google.protobuf.Any
const anyTypeUrl = 1
const anyValue = 2

/**
 * Turns resources from JSON into bytes, each once: an object that was seen before is not encoded
 * again, JSON with the same text is not either, and equal resources become one.
 */
export class ResourceEncoder {
  readonly #sets = new WeakMap<ResourceSet, WireSet>()
  readonly #byJson = new WeakMap<object, WireResource>()
  readonly #byText = new SharedValues<WireResource>()
  readonly #resources = new SharedValues<WireResource>()
  readonly #types = new SharedValues<TypeResources>()
  #encoded = 0

  /** How many resources were encoded so far. */
  get encoded(): number {
    return this.#encoded
  }

  /**
   * The set as it goes on the wire.
   *
   * @throws {XdsServerError} if a resource cannot be encoded, or lacks a name of its own
   */
  encode(set: ResourceSet): WireSet {
    const known = this.#sets.get(set)
    if (known !== undefined) return known
    const made = new Map<string, TypeResources>()
    for (const [typeUrl, resources] of resourcesByType(set)) {
      made.set(typeUrl, this.#typeResources(typeUrl, resources))
    }
    this.#sets.set(set, made)
    return made
  }

  #typeResources(typeUrl: string, resources: readonly NamedResource[]): TypeResources {
    const byName = new Map<string, WireResource>()
    for (const named of resources) byName.set(named[0], this.#resource(typeUrl, named))
    const names = [...byName].map(([name, { version }]) => `${name}\n${version}`).sort()
    const version = versionOf(Buffer.from(names.join('\n')))
    return this.#types.of(`${typeUrl} ${version}`, () => ({ typeUrl, version, byName }))
  }

  #resource(typeUrl: string, [name, json]: NamedResource): WireResource {
    const known = this.#byJson.get(json)
    if (known !== undefined && known.typeUrl === typeUrl && known.name === name) return known
    const resource = this.#byText.of(`${typeUrl} ${textHash(json)} ${name}`, () =>
      this.#encode(typeUrl, name, json),
    )
    this.#byJson.set(json, resource)
    return resource
  }

  #encode(typeUrl: string, name: string, json: object): WireResource {
    const value = encodeJson(typeUrl, name, json)
    this.#encoded += 1
    const version = versionOf(value)
    return this.#resources.of(`${typeUrl} ${version} ${name}`, () => ({
      typeUrl,
      name,
      version,
      any: concat([stringField(anyTypeUrl, typeUrl), bytesField(anyValue, value)]),
      dependents: dependentsOf(typeUrl, name, json),
      json,
    }))
  }
}

/** Two that agree are the same text for all purposes; the text itself would be kept for long. */
function textHash(json: object): string {
  return hash('sha256', JSON.stringify(json), 'base64')
}

function encodeJson(typeUrl: string, name: string, json: object): Uint8Array {
  try {
    const type = messageTypeFor(typeUrl)
    if (type === undefined) throw new TypeError(`expected a known type URL, got ${typeUrl}`)
    return type.encodeJson(json)
  } catch (cause) {
    throw new XdsServerError(
      `${typeUrl} ${JSON.stringify(name)} cannot be encoded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code: 'ERR_XDS_SERVER_BAD_RESOURCE', cause },
    )
  }
}
