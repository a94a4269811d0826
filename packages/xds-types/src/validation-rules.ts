import { rules as chunks } from '../gen/descriptors.js'

/** Bounds of an ordered value. Where the lower one is not below the upper one, either may hold. */
export interface Bounds<Value> {
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
}

/** Rules for text. */
export interface StringRules {
  readonly ignore_empty?: boolean
  readonly in?: readonly string[] | string
  readonly max_bytes?: number
  /** Unicode code points. */
  readonly max_len?: number
  readonly min_len?: number
  readonly pattern?: string
  readonly prefix?: string
  readonly strict?: boolean
  readonly suffix?: string
  readonly well_known_regex?: 'HTTP_HEADER_NAME' | 'HTTP_HEADER_VALUE'
}

/** A duration in a rule; absent parts are zero. */
export interface DurationBound {
  readonly nanos?: number
  readonly seconds?: number
}

/** Rules for numbers; floats and integers of all widths share them. */
export type NumberRules = Bounds<number>

/** What `(validate.rules)` says of one field, in the words of protoc-gen-validate. */
export interface FieldRules {
  readonly any?: { readonly required?: boolean }
  readonly bool?: { readonly const?: boolean }
  readonly bytes?: { readonly max_len?: number; readonly min_len?: number }
  readonly duration?: Bounds<DurationBound> & { readonly required?: boolean }
  readonly enum?: { readonly defined_only?: boolean; readonly not_in?: readonly number[] | number }
  readonly map?: {
    readonly keys?: FieldRules
    readonly min_pairs?: number
    readonly values?: FieldRules
  }
  readonly message?: { readonly required?: boolean; readonly skip?: boolean }
  readonly repeated?: {
    readonly items?: FieldRules
    readonly max_items?: number
    readonly min_items?: number
    readonly unique?: boolean
  }
  readonly string?: StringRules
  readonly double?: NumberRules
  readonly float?: NumberRules
  readonly int32?: NumberRules
  readonly int64?: NumberRules
  readonly uint32?: NumberRules
  readonly uint64?: NumberRules
}

/** The rules of a message: by field, and the oneofs that must be set, both by their proto names. */
export interface MessageRules {
  readonly f?: Readonly<Record<string, FieldRules>>
  readonly o?: readonly string[]
}

const none: MessageRules = {}
/** The rules of a hundred messages each, of which few are asked for: those are kept below, the rest as long as memory allows. */
const parsed = new Map<string, WeakRef<Readonly<Record<string, MessageRules>>>>()
const known = new Map<string, MessageRules>()

/** The rules of a message; empty if it has none. */
export function rulesFor(typeName: string): MessageRules {
  const before = known.get(typeName)
  if (before !== undefined) return before
  const rules = findRules(typeName)
  known.set(typeName, rules)
  return rules
}

function findRules(typeName: string): MessageRules {
  const core = chunk('core')
  if (Object.hasOwn(core, typeName)) return core[typeName] ?? none
  for (let end = typeName.lastIndexOf('.'); end > 0; end = typeName.lastIndexOf('.', end - 1)) {
    const own = chunk(typeName.slice(0, end))
    if (Object.hasOwn(own, typeName)) return own[typeName] ?? none
  }
  return none
}

function chunk(name: string): Readonly<Record<string, MessageRules>> {
  const before = parsed.get(name)?.deref()
  if (before !== undefined) return before
  const text = Object.hasOwn(chunks, name) ? chunks[name] : undefined
  const members: Readonly<Record<string, MessageRules>> = text === undefined ? {} : JSON.parse(text)
  parsed.set(name, new WeakRef(members))
  return members
}
