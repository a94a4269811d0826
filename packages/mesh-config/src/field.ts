import { durationFrom } from './duration.ts'
import { isRegex } from './regex.ts'
import type { Duration } from './spec/duration.ts'

/**
 * How one value of a document must look. Tables of fields are data: the same table drives the
 * check of types, of unknown names, of ranges, and of what is not honoured yet.
 */
export interface Field<V> {
  readonly shape: Shape
  readonly required?: boolean
  /** What stands for the value when the document has none. */
  readonly orElse?: V
  /** Draws a warning, or an error if it protects, until the mesh acts on it. */
  readonly mark?: Mark
  /** Only a type: never set. */
  readonly of?: V
}

/** A field with fields of its own. */
export interface Message<T> extends Field<T> {
  readonly shape: MessageShape
}

/** What the mesh does with a field that it knows. */
export interface Mark {
  /** `pending`: not honoured yet. `protects`: not enforced yet, so refused. `deprecated`: honoured. */
  readonly kind: 'pending' | 'protects' | 'deprecated'
  /** Limits the mark to values for which it is true. */
  readonly when?: (value: never) => boolean
  /** What to write in its place. */
  readonly instead?: string
}

/** A fault that a rule found, before it is given a place. */
export interface Fault {
  readonly code: string
  readonly message: string
  readonly severity?: 'error' | 'warning'
  readonly expected?: string
  readonly got?: string
  readonly suggestion?: string
}

/** Reports a fault at a path below the value that is being checked. */
export type Report = (path: readonly (string | number)[], fault: Fault) => void

/** A condition on a whole message; it sees only values whose fields were good. */
export type Rule<T> = (value: T, report: Report) => void

/** The forms that a value can have. */
type Shape = ScalarShape | ListShape | MapShape | MessageShape | { readonly kind: 'struct' }

/** A string, number or boolean. */
export interface ScalarShape {
  readonly kind: 'scalar'
  /** Completes "expected …". */
  readonly expects: string
  readonly type: 'string' | 'number' | 'boolean' | 'any'
  readonly accepts?: (value: never) => boolean
  readonly convert?: (value: never) => unknown
  /** All values there are, when they are few. */
  readonly choices?: readonly string[]
}

/** Any number of values of one form. */
export interface ListShape {
  readonly kind: 'list'
  readonly item: Field<unknown>
}

/** Values of one form by free names. */
export interface MapShape {
  readonly kind: 'map'
  readonly value: Field<unknown>
  readonly key?: ScalarShape
}

/** Values by fixed names. */
export interface MessageShape {
  readonly kind: 'message'
  readonly name: string
  readonly fields: Readonly<Record<string, Field<unknown>>>
  readonly oneOf: readonly (readonly string[])[]
  readonly rules: readonly Rule<never>[]
  /** Names of fields that are checked, then dropped. */
  readonly ignored: Readonly<Record<string, Field<unknown>>>
}

/** What a message demands beyond its fields. */
export interface MessageOptions<T> {
  /** Groups of fields of which at most one may be there. */
  readonly oneOf?: readonly (readonly (keyof T & string)[])[]
  readonly rules?: readonly Rule<T>[]
  /** Fields that are known and mean nothing to a mesh: checked, then dropped. */
  readonly ignored?: Readonly<Record<string, Field<unknown>>>
}

type FieldsOf<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> }

/** A message with exactly the fields of `T`. */
export function message<T>(
  name: string,
  fields: FieldsOf<T>,
  options: MessageOptions<T> = {},
): Message<T> {
  const { oneOf = [], rules = [], ignored = {} } = options
  return { shape: { kind: 'message', name, fields, oneOf, rules, ignored } }
}

/** The same field, but it must be there. */
export function required<V>(field: Field<V>): Field<V> {
  return { ...field, required: true }
}

/** The same list, empty when the document has none. */
export function orEmpty<V>(field: Field<readonly V[]>): Field<readonly V[]> {
  return { ...field, orElse: Object.freeze([]) }
}

/** The same field, not honoured yet (for such values, if `when` is given). */
export function pending<V>(field: Field<V>, when?: (value: V) => boolean): Field<V> {
  return { ...field, mark: { kind: 'pending', ...(when !== undefined && { when }) } }
}

/** The same field, refused until it is enforced (for such values, if `when` is given). */
export function protects<V>(field: Field<V>, when?: (value: V) => boolean): Field<V> {
  return { ...field, mark: { kind: 'protects', ...(when !== undefined && { when }) } }
}

/** The same field, which Istio advises against. */
export function deprecated<V>(field: Field<V>, instead: string): Field<V> {
  return { ...field, mark: { kind: 'deprecated', instead } }
}

/** A list of such values. */
export function list<V>(item: Field<V>): Field<readonly V[]> {
  return { shape: { kind: 'list', item } }
}

/** Such values by name. */
export function map<V>(value: Field<V>): Field<Readonly<Record<string, V>>> {
  return { shape: { kind: 'map', value } }
}

/** Such values by names of a form. */
export function mapOf<V>(key: Field<string>, value: Field<V>): Field<Readonly<Record<string, V>>> {
  if (key.shape.kind !== 'scalar') throw new TypeError('the keys of a map are strings')
  return { shape: { kind: 'map', value, key: key.shape } }
}

/** One of a few words. */
export function choice<const V extends string>(...choices: readonly V[]): Field<V> {
  const expects = `one of ${choices.join(', ')}`
  return { shape: { kind: 'scalar', expects, type: 'string', choices } }
}

/** A string of a form. */
export function textOf(expects: string, accepts: (text: string) => boolean): Field<string> {
  return { shape: { kind: 'scalar', expects, type: 'string', accepts } }
}

/** A whole number in a range, its ends included. */
export function integer(min: number, max: number): Field<number> {
  const expects = `a whole number from ${min} to ${max}`
  const accepts = (value: number): boolean =>
    Number.isSafeInteger(value) && value >= min && value <= max
  return { shape: { kind: 'scalar', expects, type: 'number', accepts } }
}

/** A number in a range, its ends included. */
export function numberIn(min: number, max: number): Field<number> {
  const expects = `a number from ${min} to ${max}`
  const accepts = (value: number): boolean => value >= min && value <= max
  return { shape: { kind: 'scalar', expects, type: 'number', accepts } }
}

/** A duration of at least `minMs` milliseconds; it is read into proto3 JSON form. */
function durationFromMs(minMs: number): Field<Duration> {
  const expects = `a duration of at least ${minMs}ms, as 5s, 1m30s or 250ms`
  const accepts = (text: string): boolean => (durationFrom(text)?.ms ?? -1) >= minMs
  const convert = (text: string): string => durationFrom(text)?.canonical ?? text
  return { shape: { kind: 'scalar', expects, type: 'string', accepts, convert } }
}

/** Any string. */
export const text: Field<string> = {
  shape: { kind: 'scalar', expects: 'a string', type: 'string' },
}

/** A string with something in it. */
export const nonEmpty: Field<string> = textOf('a non-empty string', (value) => value !== '')

/** A regular expression in RE2's syntax. */
export const regex: Field<string> = textOf('a regular expression in RE2 syntax', isRegex)

/** `true` or `false`. */
export const flag: Field<boolean> = {
  shape: { kind: 'scalar', expects: 'true or false', type: 'boolean' },
}

const maxInt32 = 2 ** 31 - 1
const maxUint32 = 2 ** 32 - 1

/** A signed 32-bit integer. */
export const int32: Field<number> = integer(-maxInt32 - 1, maxInt32)

/** A signed 32-bit integer that is not negative. */
export const count: Field<number> = integer(0, maxInt32)

/** An unsigned 32-bit integer. */
export const uint32: Field<number> = integer(0, maxUint32)

/** A 64-bit integer, as far as a JavaScript number holds it exactly. */
export const int64: Field<number> = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

/** An unsigned 64-bit integer, as far as a JavaScript number holds it exactly. */
export const uint64: Field<number> = integer(0, Number.MAX_SAFE_INTEGER)

/** A finite number. */
export const double: Field<number> = numberIn(-Number.MAX_VALUE, Number.MAX_VALUE)

/** A share of a hundred, whole. */
export const wholePercent: Field<number> = integer(0, 100)

/** A share of a hundred. */
export const percentage: Field<number> = numberIn(0, 100)

/** A TCP port. */
export const port: Field<number> = integer(1, 65_535)

/** A duration that is not negative. */
export const duration: Field<Duration> = durationFromMs(0)

/** A duration that is not zero. */
export const positiveDuration: Field<Duration> = durationFromMs(1)

/** Bytes in base64. */
export const base64: Field<string> = textOf(
  'base64',
  (value) => /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) && value.length % 4 !== 1,
)

/** Any JSON object. */
export const struct: Field<Readonly<Record<string, unknown>>> = { shape: { kind: 'struct' } }

/** An object without fields. */
export const empty: Message<Readonly<Record<never, never>>> = message('Empty', {})
