import protobuf from 'protobufjs'
import { type Described, packageOf, typesOf } from './describe.ts'

/** Packages whose messages are described whether or not something refers to them. */
const roots =
  /^(envoy|xds|udpa|istio|io\.istio|stats|opentelemetry|google\.rpc|google\.protobuf)(\.|$)/
/** What describes descriptors has no place on the wire. */
const excluded = /^(udpa|xds)\.annotations|^envoy\.annotations/
const wellKnown =
  /^(Any|Duration|Timestamp|Empty|FieldMask|Struct|Value|ListValue|NullValue|\w+Value)$/

/** All types worth describing: those of the API and whatever they refer to. */
export function describeReachable(root: protobuf.Root): Described[] {
  const all = typesOf(root)
  const reached = reachableFrom(all.filter(isRoot))
  return all.filter((type) => reached.has(type))
}

/** These types and all that their fields refer to. */
export function reachableFrom(roots: readonly Described[]): Set<Described> {
  const reached = new Set<Described>()
  const queue = [...roots]
  for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
    if (reached.has(type)) continue
    reached.add(type)
    if (type instanceof protobuf.Enum) continue
    for (const field of type.fieldsArray) {
      field.resolve()
      if (field.resolvedType !== null) queue.push(field.resolvedType)
    }
  }
  return reached
}

function isRoot(type: Described): boolean {
  const home = packageOf(type)
  if (home === 'google.protobuf') return wellKnown.test(type.name)
  return roots.test(home) && !excluded.test(home)
}
