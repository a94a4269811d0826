import { isObject, type JsonObject, type JsonPath } from '../json.ts'
import { pathText } from '../route-source.ts'
import { type ParsedText, suiteError } from './parsed-text.ts'

/**
 * Reads the fields of one message, in either spelling; every other field is an error, as is a value of another type.
 * Its errors say where in the file.
 */
export class FieldReader {
  readonly #source: ParsedText
  readonly #path: JsonPath
  readonly #fields = new Map<string, { readonly value: unknown; readonly key: string }>()

  /** @throws {MeshTestError} if the value is no object, or has a field that is not among `names`. */
  constructor(source: ParsedText, path: JsonPath, value: unknown, names: readonly string[]) {
    this.#source = source
    this.#path = path
    if (!isObject(value)) this.fail(`expected an object, got ${kindOf(value)}`)
    for (const [key, member] of Object.entries(value)) {
      const name = camelName(key)
      if (!names.includes(name)) this.fail(unknownField(key, names), key)
      if (this.#fields.has(name)) this.fail('expected one spelling of it, got two', key)
      // As in proto3 JSON, null is as good as absent.
      if (member !== null && member !== undefined) this.#fields.set(name, { value: member, key })
    }
  }

  has(name: string): boolean {
    return this.#fields.has(name)
  }

  /** Default: `''`. */
  text(name: string, minLength = 0): string {
    const text = this.optionalText(name) ?? ''
    if (text.length >= minLength) return text
    const what = minLength === 1 ? 'a text' : `a text of at least ${minLength} characters`
    return this.fail(`expected ${what}, got ${this.has(name) ? show(text) : 'none'}`, name)
  }

  optionalText(name: string): string | undefined {
    const value = this.value(name)
    if (value === undefined || typeof value === 'string') return value
    return this.fail(`expected a text, got ${show(value)}`, name)
  }

  /** Default: false. */
  flag(name: string): boolean {
    const value = this.value(name) ?? false
    return typeof value === 'boolean'
      ? value
      : this.fail(`expected true or false, got ${show(value)}`, name)
  }

  /** A whole number up to `max`, also one in a text, as proto3 JSON has large ones. */
  optionalCount(name: string, max: number): number | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) {
      return number
    }
    return this.fail(`expected a whole number from 0 to ${max}, got ${show(value)}`, name)
  }

  /** A message; undefined without one. */
  message(name: string): JsonObject | undefined {
    const value = this.value(name)
    if (value === undefined || isObject(value)) return value
    return this.fail(`expected an object, got ${kindOf(value)}`, name)
  }

  /** A reader of a message that must be there. */
  required(name: string, names: readonly string[]): FieldReader {
    if (!this.has(name)) this.fail('expected an object, got none', name)
    return new FieldReader(this.#source, this.#at(name), this.value(name), names)
  }

  /** The items of a list, each with a reader. */
  list(name: string, names: readonly string[]): readonly FieldReader[] {
    return this.items(name).map(
      (item, index) => new FieldReader(this.#source, [...this.#at(name), index], item, names),
    )
  }

  /** The items of a list; empty without it. */
  items(name: string): readonly unknown[] {
    const value = this.value(name)
    if (value === undefined) return []
    return Array.isArray(value) ? value : this.fail(`expected a list, got ${kindOf(value)}`, name)
  }

  value(name: string): unknown {
    return this.#fields.get(name)?.value
  }

  /** Throws an error at the message, or at one of its fields. */
  fail(message: string, name?: string): never {
    const path = name === undefined ? this.#path : this.#at(name)
    const where = path.length === 0 ? '' : `${pathText(path)}: `
    throw suiteError(this.#source.file, this.#source.positionOf(path), `${where}${message}`)
  }

  #at(name: string): JsonPath {
    return [...this.#path, this.#fields.get(name)?.key ?? snakeName(name)]
  }
}

/** `test_name` as `testName`. */
function camelName(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function snakeName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function unknownField(key: string, names: readonly string[]): string {
  return `expected one of ${names.map(snakeName).join(', ')}, got ${JSON.stringify(key)}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`.replace('a object', 'an object')
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 200) ?? kindOf(value)
}
