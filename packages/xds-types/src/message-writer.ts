import type { FieldDescriptor, MessageDescriptor } from './descriptor.ts'
import { type WriteField, writeField } from './field-writer.ts'
import { type MessageValue, type OneofValue, unknownFields } from './message-value.ts'
import { messageNamed } from './registry.ts'
import { Shape } from './shape.ts'
import type { WireWriter } from './wire-writer.ts'

const writers = new Map<MessageDescriptor, MessageWriter>()

/** What writes messages of a type. It is made on first use. */
export function messageWriter(descriptor: MessageDescriptor): MessageWriter {
  const known = writers.get(descriptor)
  if (known !== undefined) return known
  const writer = new MessageWriter(descriptor)
  writers.set(descriptor, writer)
  return writer
}

/** Writes messages of one type: a row of what to do for each property that is there. */
export class MessageWriter {
  readonly #noKeys: Shape<readonly Step[]>

  constructor({ fields }: MessageDescriptor) {
    const runs: FieldDescriptor[][] = []
    for (const field of fields) {
      const run = runs.at(-1)
      // Members of a oneof that follow each other share a property, which is then read once.
      if (field.oneof !== undefined && run?.[0]?.oneof === field.oneof) run.push(field)
      else runs.push([field])
    }
    // Last to first, as the writer works.
    const properties = runs.map(propertyOf).reverse()
    this.#noKeys = new Shape({ count: 1, planFor: (keys) => stepsFor(properties, keys) }, [])
  }

  /** Writes the fields of a message, without a length. */
  write(message: MessageValue, to: WireWriter): void {
    const strays = message[unknownFields]
    if (strays !== undefined) to.raw(strays)
    const { values } = to
    const base = to.held
    let end = base
    let shape: Shape<readonly Step[]> | undefined = this.#noKeys
    for (const key in message) {
      values[end++] = message[key]
      shape = shape?.with(key)
    }
    to.held = end
    const steps = shape === undefined ? this.#noKeys.planOf(Object.keys(message)) : shape.plan
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as Step
      const value = values[base + step.position]
      if (value !== undefined && value !== null) step.write(to, value)
    }
    to.held = base
  }
}

/** Writes the value at a position among those of a message. */
interface Step {
  readonly position: number
  readonly write: WriteField
}

/** In the order of the properties, whatever that of the keys is. */
function stepsFor(properties: readonly Property[], keys: readonly string[]): readonly Step[] {
  return properties.flatMap(({ key, write }) => {
    const position = keys.indexOf(key)
    return position === -1 ? [] : [{ position, write }]
  })
}

/** A property of messages: a field, or a oneof with some of its members. */
interface Property {
  readonly key: string
  readonly write: WriteField
}

function propertyOf(run: readonly FieldDescriptor[]): Property {
  const [field] = run
  const key = field?.oneof ?? field?.name ?? ''
  const members = run.map((member) => ({
    name: member.name,
    write: writeField(member, () => messageWriter(messageNamed(member.typeName))),
  }))
  const [only] = members
  if (field?.oneof === undefined && only !== undefined) return { key, write: only.write }
  return {
    key,
    write: (to, value) => {
      const { case: name, value: chosen } = value as OneofValue
      if (chosen === undefined || chosen === null) return
      for (const member of members) if (member.name === name) member.write(to, chosen)
    },
  }
}
