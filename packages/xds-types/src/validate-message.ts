import { camelCase } from './camel-case.ts'
import { type Broken, checkCount, checkDuration, checkEnum, checkScalar } from './check-value.ts'
import { decodeMessage } from './decode-message.ts'
import {
  enumCode,
  type FieldDescriptor,
  type MessageDescriptor,
  messageCode,
} from './descriptor.ts'
import type { Violation } from './errors.ts'
import { fieldValue, type MessageValue } from './message-value.ts'
import { Path } from './path.ts'
import { enumNamed, findMessage, messageNamed } from './registry.ts'
import { scalarCodec } from './scalars.ts'
import type { Seconds } from './time-json.ts'
import { typeNameFromUrl } from './type-url.ts'
import { type FieldRules, rulesFor } from './validation-rules.ts'
import { wrappers } from './well-known.ts'

/** How far validation goes. */
export interface ValidateOptions {
  /**
   * Whether messages inside Anys are validated too, where their type is known. Bytes that are not of
   * the type that their Any names are a violation. Default: false.
   */
  readonly intoAny?: boolean
}

const noRules: FieldRules = {}

/** What the API's validation rules find wrong, in the order of the fields; empty if nothing. */
export function validateMessage(
  descriptor: MessageDescriptor,
  message: MessageValue,
  options: ValidateOptions = {},
): readonly Violation[] {
  const validator = new Validator(options.intoAny ?? false)
  validator.message(descriptor, message)
  return validator.violations
}

class Validator {
  readonly violations: Violation[] = []
  readonly #path = new Path()
  readonly #intoAny: boolean

  constructor(intoAny: boolean) {
    this.#intoAny = intoAny
  }

  message(descriptor: MessageDescriptor, message: MessageValue): void {
    this.#path.open()
    const rules = rulesFor(descriptor.typeName)
    for (const oneof of rules.o ?? []) {
      if (message[camelCase(oneof)] === undefined) this.#missingOneof(descriptor, oneof)
    }
    for (const field of descriptor.fields) {
      const own = rules.f?.[field.protoName]
      // Where neither the field nor what it holds can break a rule there is nothing to look at.
      if (own === undefined && field.type !== messageCode) continue
      this.#path.field(field.protoName)
      this.#field(field, own ?? noRules, fieldValue(message, field))
      this.#path.leave()
    }
    if (descriptor.typeName === 'google.protobuf.Any' && this.#intoAny) this.#any(message)
    this.#path.close()
  }

  #field(field: FieldDescriptor, rules: FieldRules, value: unknown): void {
    if (field.mapKey !== undefined)
      this.#map(field, rules, (value ?? {}) as Record<string, unknown>)
    else if (field.repeated) this.#list(field, rules, (value ?? []) as readonly unknown[])
    else if (value !== undefined) this.#value(field, rules, value)
    else if (field.oneof !== undefined) return
    else if (field.type === messageCode) this.#absent(rules)
    else if (!field.presence) this.#value(field, rules, scalarCodec(field.type).zero)
  }

  #absent(rules: FieldRules): void {
    const required = rules.message?.required ?? rules.duration?.required ?? rules.any?.required
    if (required === true) this.#report('must be set')
  }

  #list(field: FieldDescriptor, rules: FieldRules, values: readonly unknown[]): void {
    this.#report(checkCount(rules, values))
    const items = rules.repeated?.items ?? noRules
    for (const [i, value] of values.entries()) {
      this.#path.index(i)
      this.#value(field, items, value)
      this.#path.leave()
    }
  }

  #map(field: FieldDescriptor, rules: FieldRules, map: Readonly<Record<string, unknown>>): void {
    const entries = Object.entries(map)
    this.#report(checkCount(rules, entries))
    for (const [key, value] of entries) {
      this.#path.key(key)
      if (rules.map?.keys !== undefined) {
        const broken = checkScalar(rules.map.keys, key)
        this.#report(broken && `its key ${broken}`)
      }
      this.#value(field, rules.map?.values ?? noRules, value)
      this.#path.leave()
    }
  }

  #value(field: FieldDescriptor, rules: FieldRules, value: unknown): void {
    if (field.type === messageCode) this.#nested(field, rules, value as MessageValue)
    else if (field.type !== enumCode) this.#report(checkScalar(rules, value))
    else if (rules.enum !== undefined) {
      this.#report(checkEnum(rules, value as number, enumNamed(field.typeName).names))
    }
  }

  #nested(field: FieldDescriptor, rules: FieldRules, value: MessageValue): void {
    if (rules.message?.skip === true) return
    const { typeName } = field
    if (typeName === 'google.protobuf.Duration') {
      if (rules.duration !== undefined)
        this.#report(checkDuration(rules.duration, value as Seconds))
      return
    }
    const descriptor = messageNamed(typeName)
    if (!wrappers.has(descriptor.typeName)) {
      this.message(descriptor, value)
      return
    }
    const zero = scalarCodec(descriptor.fields[0]?.type ?? 0).zero
    this.#report(checkScalar(rules, value['value'] ?? zero))
  }

  #any(any: MessageValue): void {
    const descriptor = findMessage(typeNameFromUrl(String(any['typeUrl'] ?? '')))
    if (descriptor === undefined) return
    const bytes = (any['value'] ?? new Uint8Array()) as Uint8Array
    let message: MessageValue
    try {
      message = decodeMessage(descriptor, bytes)
    } catch {
      // Why the bytes cannot be read matters less here than that they cannot.
      this.#report(`must hold a ${descriptor.typeName}`)
      return
    }
    this.message(descriptor, message)
  }

  #missingOneof(descriptor: MessageDescriptor, oneof: string): void {
    const members = descriptor.fields.filter((field) => field.oneof === camelCase(oneof))
    this.#path.field(oneof)
    this.#report(`must be set, to one of ${members.map((field) => field.protoName).join(', ')}`)
    this.#path.leave()
  }

  #report(broken: Broken): void {
    if (broken !== undefined) {
      this.violations.push({ path: this.#path.toString(), message: broken })
    }
  }
}
