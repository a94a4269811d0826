import { type Broken, checkCount, checkDuration, checkEnum, checkScalar } from './check-value.ts'
import { enumCode, type FieldDescriptor, messageCode } from './descriptor.ts'
import type { Violation } from './errors.ts'
import type { MessageValue } from './message-value.ts'
import type { Path } from './path.ts'
import { enumNamed, messageNamed } from './registry.ts'
import { scalarCodec } from './scalars.ts'
import type { Seconds } from './time-json.ts'
import type { FieldRules } from './validation-rules.ts'
import { wrappers } from './well-known.ts'

/** One walk through a message. */
export interface Visit {
  readonly path: Path
  readonly intoAny: boolean
  readonly violations: Violation[]
}

/** What the rules say of one field. */
export interface FieldCheck {
  readonly field: FieldDescriptor
  /** What is wrong if the field is not set. */
  readonly ifAbsent: Broken
  /** Checks a value that is set; the path already leads to it. Undefined if any value will do. */
  readonly check: CheckField | undefined
}

/** Checks messages of the type that a field holds. */
interface NestedCheck {
  check(message: MessageValue, visit: Visit): void
}

/** What a field holds, to be looked up when it first comes up, for types refer to each other. */
export type Nested = () => NestedCheck

type CheckField = (value: unknown, visit: Visit) => void

const noRules: FieldRules = {}

/** What is in these is the user's own, and no rule speaks of it. */
const freeForm = new Set(['Struct', 'Value', 'ListValue'].map((name) => `google.protobuf.${name}`))

/** Works out what has to be checked, so that what cannot break a rule is not looked at. */
export function fieldCheck(
  field: FieldDescriptor,
  rules: FieldRules = noRules,
  nested: Nested,
): FieldCheck {
  if (field.mapKey !== undefined) {
    return { field, ifAbsent: checkCount(rules, []), check: mapCheck(field, rules, nested) }
  }
  if (field.repeated) {
    return { field, ifAbsent: checkCount(rules, []), check: listCheck(field, rules, nested) }
  }
  return { field, ifAbsent: absentBroken(field, rules), check: valueCheck(field, rules, nested) }
}

/** Notes what is wrong at the place where the walk stands, if anything is. */
export function report(visit: Visit, message: Broken): void {
  if (message !== undefined) visit.violations.push({ path: visit.path.toString(), message })
}

function absentBroken(field: FieldDescriptor, rules: FieldRules): Broken {
  if (field.oneof !== undefined) return undefined
  if (field.type === messageCode) {
    const required = rules.message?.required ?? rules.duration?.required ?? rules.any?.required
    return required === true ? 'must be set' : undefined
  }
  if (field.presence) return undefined
  const { zero } = scalarCodec(field.type)
  return field.type === enumCode ? enumBroken(field, rules, 0) : checkScalar(rules, zero)
}

function listCheck(field: FieldDescriptor, rules: FieldRules, nested: Nested): FieldCheck['check'] {
  const checkItem = valueCheck(field, rules.repeated?.items ?? noRules, nested)
  if (checkItem === undefined && rules.repeated === undefined) return undefined
  return (value, visit) => {
    const values = value as readonly unknown[]
    report(visit, checkCount(rules, values))
    if (checkItem === undefined) return
    for (let i = 0; i < values.length; i++) {
      visit.path.index(i)
      checkItem(values[i], visit)
      visit.path.leave()
    }
  }
}

function mapCheck(field: FieldDescriptor, rules: FieldRules, nested: Nested): FieldCheck['check'] {
  const checkItem = valueCheck(field, rules.map?.values ?? noRules, nested)
  if (checkItem === undefined && rules.map === undefined) return undefined
  const keyRules = rules.map?.keys ?? noRules
  return (map, visit) => {
    const entries = Object.entries(map as Readonly<Record<string, unknown>>)
    report(visit, checkCount(rules, entries))
    for (const [key, value] of entries) {
      visit.path.key(key)
      const broken = checkScalar(keyRules, key)
      report(visit, broken && `its key ${broken}`)
      checkItem?.(value, visit)
      visit.path.leave()
    }
  }
}

function valueCheck(
  field: FieldDescriptor,
  rules: FieldRules,
  nested: Nested,
): FieldCheck['check'] {
  if (field.type === messageCode) return messageCheck(field, rules, nested)
  if (field.type === enumCode) {
    if (rules.enum === undefined) return undefined
    return (value, visit) => report(visit, enumBroken(field, rules, value as number))
  }
  return rules === noRules ? undefined : (value, visit) => report(visit, checkScalar(rules, value))
}

function messageCheck(
  { typeName = '' }: FieldDescriptor,
  rules: FieldRules,
  nested: Nested,
): FieldCheck['check'] {
  if (rules.message?.skip === true || freeForm.has(typeName)) return undefined
  if (typeName === 'google.protobuf.Duration') {
    const { duration } = rules
    if (duration === undefined) return undefined
    return (value, visit) => report(visit, checkDuration(duration, value as Seconds))
  }
  if (wrappers.has(typeName)) {
    if (rules === noRules) return undefined
    const { zero } = scalarCodec(messageNamed(typeName).fields[0]?.type ?? 0)
    return (value, visit) =>
      report(visit, checkScalar(rules, (value as MessageValue)['value'] ?? zero))
  }
  let type: NestedCheck | undefined
  return (value, visit) => {
    type ??= nested()
    type.check(value as MessageValue, visit)
  }
}

function enumBroken(field: FieldDescriptor, rules: FieldRules, value: number): Broken {
  return rules.enum && checkEnum(rules, value, enumNamed(field.typeName).names)
}
