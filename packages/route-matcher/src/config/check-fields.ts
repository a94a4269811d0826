import { durationMs } from './duration.ts'
import type { RouteFault } from './errors.ts'
import type { FieldRule, Schema } from './field-rule.ts'
import { typedMessages } from './matcher-schema.ts'
import type { Mend } from './mend.ts'
import { schemas } from './schema.ts'
import { readTypedConfig } from './typed-config.ts'

/** Where {@link checkFields} puts what it finds. */
export interface FieldFindings {
  readonly faults: RouteFault[]
  readonly warnings: RouteFault[]
  /** One for each fault but unknown fields, which nobody reads. */
  readonly mends: Mend[]
}

/** How deep messages may lie in each other; a matcher tree of the most elaborate kind has some thirty. */
const maxDepth = 100

/**
 * Checks a message and what is in it against the table of fields: unknown fields, wrong types and fields that would be
 * ignored come out here, so that the code that compiles may trust what it reads. Of a typed config it checks the fields if the
 * table has its type; which types fit is for the code that compiles to say.
 */
export function checkFields(
  message: unknown,
  name: string,
  path: string,
  findings: FieldFindings,
): void {
  new FieldCheck(findings).message(message, name, path)
}

class FieldCheck {
  readonly #findings: FieldFindings
  #depth = 0

  constructor(findings: FieldFindings) {
    this.#findings = findings
  }

  message(message: unknown, name: string, path: string): void {
    if (!isObject(message)) {
      this.#fault(path, `expected an object, got ${kindOf(message)}`, {})
      return
    }
    if (this.#depth === maxDepth) {
      this.#fault(path, `expected at most ${maxDepth} messages inside each other, got more`, {})
      return
    }
    this.#depth++
    this.#fields(message, schemas[name] ?? {}, path)
    this.#depth--
  }

  #fields(message: object, schema: Schema, path: string): void {
    for (const field of Object.keys(message)) {
      const value = (message as Readonly<Record<string, unknown>>)[field]
      if (value === undefined) continue
      const at = path === '' ? field : `${path}.${field}`
      const rule = Object.hasOwn(schema, field) ? schema[field] : undefined
      if (rule === undefined) this.#unknown(at, field, schema)
      else if (value === null) this.#null(rule, at)
      else this.#field(value, rule, at)
    }
  }

  #null(rule: FieldRule, path: string): void {
    this.#fault(path, 'expected a value or no field at all, got null', mendOf(rule))
  }

  #field(value: unknown, rule: FieldRule, path: string): void {
    if (rule === 'refuse' || rule === 'handed-on') {
      if (isDefault(value)) return
      if (rule === 'refuse') this.#refuse(path, value)
      else this.#findings.warnings.push({ path, message: 'not acted on here' })
      return
    }
    if (rule.endsWith('[]')) this.#list(value, rule.slice(0, -2), path)
    else if (rule.endsWith('{}')) this.#map(value, rule.slice(0, -2), path)
    else this.#one(value, rule, path)
  }

  #list(value: unknown, rule: string, path: string): void {
    if (!Array.isArray(value)) {
      this.#fault(path, `expected a list, got ${kindOf(value)}`, [])
      return
    }
    for (let i = 0; i < value.length; i++) this.#one(value[i], rule, `${path}[${i}]`)
  }

  #map(value: unknown, rule: string, path: string): void {
    if (!isObject(value)) {
      this.#fault(path, `expected an object, got ${kindOf(value)}`, {})
      return
    }
    for (const [key, item] of Object.entries(value)) {
      this.#one(item, rule, `${path}[${JSON.stringify(key)}]`)
    }
  }

  #typed(value: unknown, path: string): void {
    const typed = readTypedConfig(value)
    if (typed === undefined)
      this.#fault(path, "expected an object with '@type', got none", someType)
    else if (Object.hasOwn(typedMessages, typed.type)) {
      this.message(typed.fields, typedMessages[typed.type] ?? '', path)
    }
  }

  #one(value: unknown, rule: string, path: string): void {
    const scalar = scalars.get(rule)
    if (rule === 'typed') this.#typed(value, path)
    else if (scalar === undefined) this.message(value, rule, path)
    else if (!scalar.fits(value)) {
      this.#fault(path, `expected ${scalar.expected}, got ${show(value)}`, scalar.mend)
    }
  }

  #unknown(path: string, found: string, schema: Schema): void {
    const expected = `one of the fields ${Object.keys(schema).join(', ')}`
    this.#findings.faults.push({ path, message: 'unknown field', expected, found })
  }

  #refuse(path: string, value: unknown): void {
    const expected = 'none: it would change where requests go, and is not honoured'
    this.#findings.faults.push({ path, message: 'not supported', expected, found: show(value) })
    this.#findings.mends.push({ path, by: undefined })
  }

  #fault(path: string, message: string, mend: unknown): void {
    this.#findings.faults.push({ path, message })
    this.#findings.mends.push({ path, by: mend })
  }
}

const someType = { '@type': 'x' }

function mendOf(rule: FieldRule): unknown {
  if (rule === 'refuse' || rule === 'handed-on') return undefined
  if (rule === 'typed') return someType
  return rule.endsWith('[]') ? [] : (scalars.get(rule)?.mend ?? {})
}

interface Scalar {
  readonly expected: string
  /** A value that fits. */
  readonly mend: unknown
  fits(value: unknown): boolean
}

const maxUint32 = 0xffff_ffff

const scalars: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['any', { expected: 'anything', mend: {}, fits: () => true }],
  ['string', { expected: 'a string', mend: 'x', fits: (value) => typeof value === 'string' }],
  ['line', { expected: 'a string without NUL and line breaks', mend: 'x', fits: isLine }],
  [
    'boolean',
    { expected: 'true or false', mend: false, fits: (value) => typeof value === 'boolean' },
  ],
  ['map', { expected: 'an object', mend: {}, fits: isObject }],
  ['uint32', { expected: 'an integer from 0 to 4294967295', mend: 1, fits: isUint32 }],
  ['double', { expected: 'a number', mend: 1, fits: Number.isFinite }],
  ['int64', { expected: 'an integer of 64 bits', mend: 1, fits: isInt64 }],
  [
    'enum',
    {
      expected: 'a name or a number',
      mend: 0,
      fits: (value) => typeof value === 'string' || isUint32(value),
    },
  ],
  [
    'positive-duration',
    {
      expected: "a duration above 0 such as '1.5s'",
      mend: '1s',
      fits: (value) => (durationMs(value) ?? 0) > 0,
    },
  ],
  [
    'duration',
    {
      expected: "a duration of at least 0 such as '1.5s'",
      mend: '1s',
      fits: (value) => durationMs(value) !== undefined,
    },
  ],
])

function isLine(value: unknown): boolean {
  return typeof value === 'string' && !breaking.test(value)
}

const breaking = /[\0\r\n]/

function isUint32(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxUint32
}

function isInt64(value: unknown): boolean {
  if (typeof value === 'string') {
    return /^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
  }
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Proto3's default of a scalar or a list says as much as its absence. */
function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === '' || value === 0 || value === false
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function show(value: unknown): string {
  return typeof value === 'object' ? kindOf(value) : JSON.stringify(value)
}
