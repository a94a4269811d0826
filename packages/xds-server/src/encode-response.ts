import type { DueResponse, Variant } from './session.ts'
import type { WireResource } from './wire-resource.ts'
import { bytesField, concat, fieldHead, stringField } from './wire-writer.ts'

/** The field numbers of one kind of response. */
interface Layout {
  readonly version: number
  readonly resource: number
  readonly typeUrl: number
  readonly nonce: number
  readonly controlPlane: number
}

// DiscoveryResponse and DeltaDiscoveryResponse of envoy/service/discovery/v3/discovery.proto.
const layouts: Readonly<Record<Variant, Layout>> = {
  sotw: { version: 1, resource: 2, typeUrl: 4, nonce: 5, controlPlane: 6 },
  delta: { version: 1, resource: 2, typeUrl: 4, nonce: 5, controlPlane: 7 },
}
const removedField = 6
const identifierField = 1
const deltaResource = { version: 1, any: 2, name: 3 }

/**
 * Encodes a response around resources that are encoded already: their bytes are copied, once, and
 * never encoded again.
 */
export function encodeResponse(
  variant: Variant,
  { typeUrl, nonce, content }: DueResponse,
  controlPlane: string,
): Buffer {
  const layout = layouts[variant]
  const removed = content.removed.map((name) => bytesField(removedField, Buffer.from(name)))
  return concat([
    stringField(layout.version, content.version),
    ...content.resources.map((resource) => frame(variant, resource)),
    stringField(layout.typeUrl, typeUrl),
    stringField(layout.nonce, nonce),
    ...removed,
    ...(controlPlane === ''
      ? []
      : [bytesField(layout.controlPlane, concat([stringField(identifierField, controlPlane)]))]),
  ])
}

const deltaFrames = new WeakMap<WireResource, readonly Uint8Array[]>()
const sotwFrames = new WeakMap<WireResource, readonly Uint8Array[]>()

/** A resource with what surrounds it in a response; made once per resource. */
function frame(variant: Variant, resource: WireResource): readonly Uint8Array[] {
  const frames = variant === 'sotw' ? sotwFrames : deltaFrames
  const known = frames.get(resource)
  if (known !== undefined) return known
  const made =
    variant === 'sotw' ? bytesField(layouts.sotw.resource, resource.any) : deltaFrame(resource)
  frames.set(resource, made)
  return made
}

function deltaFrame({ name, version, any }: WireResource): readonly Uint8Array[] {
  const head = concat([
    stringField(deltaResource.version, version),
    stringField(deltaResource.name, name),
  ])
  const body = bytesField(deltaResource.any, any)
  const length = head.length + body.reduce((sum, part) => sum + part.length, 0)
  return [fieldHead(layouts.delta.resource, length), head, ...body]
}
