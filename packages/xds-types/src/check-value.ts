import { durationText, type Seconds } from './time-json.ts'
import type {
  Bounds,
  DurationBound,
  FieldRules,
  NumberRules,
  StringRules,
} from './validation-rules.ts'

/** A rule that a value broke: what it must be, without the path. Undefined if it broke none. */
export type Broken = string | undefined

const expressions = new Map<string, RegExp>()

const nanosPerSecond = 1_000_000_000n

// What protoc-gen-validate means by its well-known expressions.
const strictHeaderName = /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
const strictHeaderValue = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
const looseHeader = /^[^\u0000\u000a\u000d]*$/

/** Checks a scalar, or the scalar that a wrapper holds. */
export function checkScalar(rules: FieldRules, value: unknown): Broken {
  if (typeof value === 'string') return rules.string && checkString(rules.string, value)
  if (typeof value === 'boolean') {
    const wanted = rules.bool?.const
    return wanted === undefined || wanted === value ? undefined : `must be ${wanted}`
  }
  if (value instanceof Uint8Array) return checkBytes(rules, value)
  const numeric =
    rules.uint32 ?? rules.double ?? rules.uint64 ?? rules.int32 ?? rules.int64 ?? rules.float
  if (numeric === undefined) return undefined
  return checkNumber(numeric, value as number | bigint)
}

/** Checks the number of an enum against the numbers that it defines. */
export function checkEnum(
  rules: FieldRules,
  value: number,
  names: ReadonlyMap<number, string>,
): Broken {
  if (rules.enum?.defined_only === true && !names.has(value)) {
    return `must be one of ${[...names.values()].join(', ')}, got ${value}`
  }
  const refused = rules.enum?.not_in
  return refused !== undefined && list(refused).includes(value)
    ? `must not be ${names.get(value) ?? value}`
    : undefined
}

/** Checks a duration that is set. */
export function checkDuration(rules: Bounds<DurationBound>, value: Seconds): Broken {
  const nanos = (value.seconds ?? 0n) * nanosPerSecond + BigInt(value.nanos ?? 0)
  return checkBounds(rules, nanos, {
    key: (bound) => BigInt(bound.seconds ?? 0) * nanosPerSecond + BigInt(bound.nanos ?? 0),
    show: ({ seconds = 0, nanos: rest = 0 }) =>
      durationText({ seconds: BigInt(seconds), nanos: rest }) ?? '',
  })
}

/** Checks the number of elements or entries, and that elements differ where they must. */
export function checkCount(rules: FieldRules, values: readonly unknown[]): Broken {
  const { length } = values
  const least = rules.repeated?.min_items ?? rules.map?.min_pairs ?? 0
  if (length < least) return `must have at least ${plural(least)}, got ${length}`
  const most = rules.repeated?.max_items ?? Number.POSITIVE_INFINITY
  if (length > most) return `must have at most ${plural(most)}, got ${length}`
  if (rules.repeated?.unique === true && new Set(values).size < length) {
    return 'must not hold the same element twice'
  }
  return undefined
}

function plural(count: number): string {
  return count === 1 ? '1 element' : `${count} elements`
}

function checkString(rules: StringRules, value: string): Broken {
  if (value === '' && rules.ignore_empty === true) return undefined
  if (rules.in !== undefined && !list(rules.in).includes(value)) {
    return `must be one of ${list(rules.in).join(', ')}`
  }
  return checkLength(rules, value) ?? checkShape(rules, value)
}

function checkLength(rules: StringRules, value: string): Broken {
  const { min_len: least = 0, max_len: most = value.length } = rules
  // A code point is one or two units, so most texts need no counting.
  const isCounted = value.length < least * 2 || value.length > most
  const length = isCounted ? codePoints(value) : value.length
  if (length < (rules.min_len ?? 0)) {
    return rules.min_len === 1
      ? 'must not be empty'
      : `must be at least ${rules.min_len} characters`
  }
  if (length > (rules.max_len ?? length)) return `must be at most ${rules.max_len} characters`
  if (rules.max_bytes !== undefined && utf8Bytes(value) > rules.max_bytes) {
    return `must be at most ${rules.max_bytes} bytes`
  }
  return undefined
}

function checkShape(rules: StringRules, value: string): Broken {
  const { pattern, prefix = '', suffix = '' } = rules
  if (!value.startsWith(prefix)) return `must start with ${prefix}`
  if (!value.endsWith(suffix)) return `must end with ${suffix}`
  if (pattern !== undefined && !expression(pattern).test(value)) return `must match ${pattern}`
  if (rules.well_known_regex === undefined) return undefined
  const isName = rules.well_known_regex === 'HTTP_HEADER_NAME'
  const strict = isName ? strictHeaderName : strictHeaderValue
  const form = rules.strict === false ? looseHeader : strict
  return form.test(value) ? undefined : `must be a valid HTTP header ${isName ? 'name' : 'value'}`
}

/** Compiled once; the patterns are those of the API. */
function expression(pattern: string): RegExp {
  const known = expressions.get(pattern)
  if (known !== undefined) return known
  const made = new RegExp(pattern, 'u')
  expressions.set(pattern, made)
  return made
}

function checkBytes({ bytes }: FieldRules, value: Uint8Array): Broken {
  if (value.length < (bytes?.min_len ?? 0)) return `must be at least ${bytes?.min_len} bytes`
  if (value.length > (bytes?.max_len ?? value.length))
    return `must be at most ${bytes?.max_len} bytes`
  return undefined
}

function checkNumber(rules: NumberRules, value: number | bigint): Broken {
  return checkBounds(rules, value, { key: (bound) => bound, show: String })
}

/** How a bound is compared and shown. */
interface Scale<Bound> {
  key(bound: Bound): number | bigint
  show(bound: Bound): string
}

function checkBounds<Bound>(
  bounds: Bounds<Bound>,
  value: number | bigint,
  scale: Scale<Bound>,
): Broken {
  const low = belowLower(bounds, value, scale)
  const high = aboveUpper(bounds, value, scale)
  if (isInverted(bounds, scale)) return low && high && `must be ${low} or ${high}`
  const broken = low ?? high
  return broken && `must be ${broken}`
}

function belowLower<Bound>(
  { gt, gte }: Bounds<Bound>,
  value: number | bigint,
  scale: Scale<Bound>,
): Broken {
  if (gt !== undefined) return value > scale.key(gt) ? undefined : `> ${scale.show(gt)}`
  if (gte === undefined || value >= scale.key(gte)) return undefined
  return `>= ${scale.show(gte)}`
}

function aboveUpper<Bound>(
  { lt, lte }: Bounds<Bound>,
  value: number | bigint,
  scale: Scale<Bound>,
): Broken {
  if (lt !== undefined) return value < scale.key(lt) ? undefined : `< ${scale.show(lt)}`
  if (lte === undefined || value <= scale.key(lte)) return undefined
  return `<= ${scale.show(lte)}`
}

/** Bounds that no value can keep both of mean that it may keep either. */
function isInverted<Bound>({ gt, gte, lt, lte }: Bounds<Bound>, scale: Scale<Bound>): boolean {
  const lower = gt ?? gte
  const upper = lt ?? lte
  return lower !== undefined && upper !== undefined && scale.key(lower) > scale.key(upper)
}

function list<Value>(value: readonly Value[] | Value): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value]
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
