import protobuf from 'protobufjs'

/**
 * Moves everything of the overlay into the tree. Where both have a message, an enum or a oneof, the
 * tree's one gets what the overlay's has more.
 *
 * @throws if the two disagree about a name or a number.
 */
export function mergeOverlay(into: protobuf.NamespaceBase, overlay: protobuf.NamespaceBase): void {
  for (const child of [...(overlay.nestedArray ?? [])]) {
    const known = into.get(child.name)
    if (known === null) into.add(child)
    else if (known instanceof protobuf.Enum && child instanceof protobuf.Enum) {
      mergeValues(known, child)
    } else if (known instanceof protobuf.Namespace && child instanceof protobuf.Namespace) {
      if (known instanceof protobuf.Type && child instanceof protobuf.Type) {
        mergeRules(known, child)
        mergeFields(known, child)
      }
      mergeOverlay(known, child)
    } else throw new Error(`the overlay's ${child.fullName} is something else in the tree`)
  }
}

function mergeValues(into: protobuf.Enum, overlay: protobuf.Enum): void {
  for (const [name, number] of Object.entries(overlay.values)) into.add(name, number)
}

/** A field that both have is there for its rules, which replace the former ones. */
function mergeRules(into: protobuf.Type, overlay: protobuf.Type): void {
  for (const field of [...overlay.fieldsArray]) {
    const known = into.fields[field.name]
    if (known === undefined) continue
    if (known.id !== field.id)
      throw new Error(`${known.fullName} has another number in the overlay`)
    known.parsedOptions = field.parsedOptions ?? []
    field.partOf?.remove(field)
    overlay.remove(field)
  }
}

function mergeFields(into: protobuf.Type, overlay: protobuf.Type): void {
  for (const oneof of [...overlay.oneofsArray]) {
    const known = into.oneofs?.[oneof.name]
    if (oneof.fieldsArray.length === 0) overlay.remove(oneof)
    else if (known === undefined) into.add(oneof)
    else for (const field of [...oneof.fieldsArray]) known.add(field)
  }
  for (const field of [...overlay.fieldsArray]) {
    if (field.parent === overlay) into.add(field)
  }
}
