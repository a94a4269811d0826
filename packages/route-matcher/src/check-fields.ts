import { durationMs } from './duration.ts'
import type { RouteFault } from './errors.ts'
import type { FieldRule } from './field-rule.ts'
import { schemas } from './schema.ts'

/** Where {@link checkFields} puts what it finds. */
export interface FieldFindings {
  readonly faults: RouteFault[]
  readonly warnings: RouteFault[]
}

/**
 * Checks a message and what is in it against the table of fields: unknown fields, wrong types and fields that would be
 * ignored come out here, so that the code that compiles may trust what it reads.
 */
export function checkFields(
  message: unknown,
  name: string,
  path: string,
  findings: FieldFindings,
): void {
  if (!isObject(message)) {
    findings.faults.push({ path, message: `expected an object, got ${kindOf(message)}` })
    return
  }
  const schema = schemas[name] ?? {}
  for (const [field, value] of Object.entries(message)) {
    if (value === undefined || value === null) continue
    const at = path === '' ? field : `${path}.${field}`
    const rule = Object.hasOwn(schema, field) ? schema[field] : undefined
    if (rule === undefined) findings.faults.push({ path: at, message: 'unknown field' })
    else checkField(value, rule, at, findings)
  }
}

function checkField(value: unknown, rule: FieldRule, path: string, findings: FieldFindings): void {
  if (rule === 'refuse' || rule === 'handed-on') {
    if (isDefault(value)) return
    if (rule === 'refuse') findings.faults.push({ path, message: 'not supported' })
    else findings.warnings.push({ path, message: 'not acted on here' })
    return
  }
  if (rule.endsWith('[]')) checkList(value, rule.slice(0, -2), path, findings)
  else checkOne(value, rule, path, findings)
}

function checkList(value: unknown, rule: string, path: string, findings: FieldFindings): void {
  if (!Array.isArray(value)) {
    findings.faults.push({ path, message: `expected a list, got ${kindOf(value)}` })
    return
  }
  for (const [index, item] of value.entries()) {
    checkOne(item, rule, `${path}[${index}]`, findings)
  }
}

function checkOne(value: unknown, rule: string, path: string, findings: FieldFindings): void {
  const scalar = scalars.get(rule)
  if (scalar === undefined) checkFields(value, rule, path, findings)
  else if (!scalar.fits(value)) {
    findings.faults.push({ path, message: `expected ${scalar.expected}, got ${show(value)}` })
  }
}

interface Scalar {
  readonly expected: string
  fits(value: unknown): boolean
}

const maxUint32 = 0xffff_ffff

const scalars: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['any', { expected: 'anything', fits: () => true }],
  ['string', { expected: 'a string', fits: (value) => typeof value === 'string' }],
  ['boolean', { expected: 'true or false', fits: (value) => typeof value === 'boolean' }],
  ['map', { expected: 'an object', fits: isObject }],
  ['uint32', { expected: 'an integer from 0 to 4294967295', fits: isUint32 }],
  ['double', { expected: 'a number', fits: Number.isFinite }],
  ['int64', { expected: 'an integer', fits: isInt64 }],
  [
    'enum',
    {
      expected: 'a name or a number',
      fits: (value) => typeof value === 'string' || isUint32(value),
    },
  ],
  [
    'duration',
    {
      expected: "a duration of at least 0 such as '1.5s'",
      fits: (value) => durationMs(value) !== undefined,
    },
  ],
])

function isUint32(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxUint32
}

function isInt64(value: unknown): boolean {
  if (typeof value === 'string') return /^-?\d{1,19}$/.test(value)
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
  return value === null ? 'null' : `a ${typeof value}`
}

function show(value: unknown): string {
  return typeof value === 'object' ? kindOf(value) : JSON.stringify(value)
}
