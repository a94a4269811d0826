import { camelCase } from './camel-case.ts'
import type { Broken } from './check-value.ts'
import { decodeMessage } from './decode-message.ts'
import type { MessageDescriptor } from './descriptor.ts'
import { type FieldCheck, fieldCheck, report, type Visit } from './field-check.ts'
import { fieldValue, type MessageValue } from './message-value.ts'
import { findMessage, messageNamed } from './registry.ts'
import { Shape } from './shape.ts'
import { typeNameFromUrl } from './type-url.ts'
import { rulesFor } from './validation-rules.ts'

const checks = new Map<MessageDescriptor, MessageCheck>()

/** What checks messages of a type. It is made on first use. */
export function messageCheck(descriptor: MessageDescriptor): MessageCheck {
  const known = checks.get(descriptor)
  if (known !== undefined) return known
  const check = new MessageCheck(descriptor)
  checks.set(descriptor, check)
  return check
}

/** Checks messages of one type against the rules for it. */
export class MessageCheck {
  readonly #oneofs: readonly RequiredOneof[]
  readonly #noKeys: Shape<readonly FieldCheck[]>
  readonly #isAny: boolean

  constructor(descriptor: MessageDescriptor) {
    const rules = rulesFor(descriptor.typeName)
    const fields = descriptor.fields.map((field) =>
      fieldCheck(field, rules.f?.[field.protoName], () =>
        messageCheck(messageNamed(field.typeName)),
      ),
    )
    this.#oneofs = (rules.o ?? []).map((oneof) => requiredOneof(descriptor, oneof))
    this.#noKeys = new Shape({ count: 1, planFor: (keys) => worthwhile(fields, keys) }, [])
    this.#isAny = descriptor.typeName === 'google.protobuf.Any'
  }

  /** Notes everything that is wrong with a message, in the order of its fields. */
  check(message: MessageValue, visit: Visit): void {
    const { path } = visit
    path.open()
    for (const { key, name, broken } of this.#oneofs) {
      if (message[key] === undefined) reportAt(name, broken, visit)
    }
    for (const { field, ifAbsent, check } of this.#checksOf(message)) {
      const value = fieldValue(message, field)
      if (value === undefined || value === null) reportAt(field.protoName, ifAbsent, visit)
      else if (check !== undefined) {
        path.field(field.protoName)
        check(value, visit)
        path.leave()
      }
    }
    if (this.#isAny && visit.intoAny) checkAny(message, visit)
    path.close()
  }

  #checksOf(message: MessageValue): readonly FieldCheck[] {
    let shape: Shape<readonly FieldCheck[]> | undefined = this.#noKeys
    for (const key in message) shape = shape?.with(key)
    return shape === undefined ? this.#noKeys.planOf(Object.keys(message)) : shape.plan
  }
}

/** A oneof of which a member must be set. */
interface RequiredOneof {
  readonly key: string
  readonly name: string
  readonly broken: string
}

function requiredOneof({ fields }: MessageDescriptor, name: string): RequiredOneof {
  const key = camelCase(name)
  const members = fields.filter((field) => field.oneof === key).map((field) => field.protoName)
  return { key, name, broken: `must be set, to one of ${members.join(', ')}` }
}

/** The checks that can find something in messages that have these keys. */
function worthwhile(checks: readonly FieldCheck[], keys: readonly string[]): readonly FieldCheck[] {
  return checks.filter(({ field, ifAbsent, check }) => {
    const isGiven = keys.includes(field.oneof ?? field.name)
    return ifAbsent !== undefined || (isGiven && check !== undefined)
  })
}

function checkAny(any: MessageValue, visit: Visit): void {
  const descriptor = findMessage(typeNameFromUrl(String(any['typeUrl'] ?? '')))
  if (descriptor === undefined) return
  const bytes = (any['value'] ?? new Uint8Array()) as Uint8Array
  let message: MessageValue
  try {
    message = decodeMessage(descriptor, bytes)
  } catch {
    // Why the bytes cannot be read matters less here than that they cannot.
    report(visit, `must hold a ${descriptor.typeName}`)
    return
  }
  messageCheck(descriptor).check(message, visit)
}

function reportAt(name: string, broken: Broken, visit: Visit): void {
  if (broken === undefined) return
  visit.path.field(name)
  report(visit, broken)
  visit.path.leave()
}
