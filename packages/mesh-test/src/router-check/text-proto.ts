import { checkLength, suiteError, type TextPosition } from './parsed-text.ts'
import { type TextProtoToken, textProtoTokens } from './text-proto-tokens.ts'

/** A message of protobuf's text format: its fields in the order they are written, repeated ones repeated. */
export type TextProtoMessage = readonly TextProtoField[]

export interface TextProtoField extends TextPosition {
  readonly name: string
  readonly value: TextProtoValue
}

type TextProtoValue =
  | { readonly kind: 'message'; readonly fields: TextProtoMessage }
  | { readonly kind: 'string'; readonly text: string }
  /** A number, a boolean or the name of an enum value, as written. */
  | { readonly kind: 'word'; readonly text: string }

/** As deep as protobuf itself goes. */
const maxDepth = 100

/**
 * Reads protobuf's text format: fields with and without a colon, `{…}` and `<…>`, lists in brackets, strings in either
 * quote that stand side by side, comments. Names of extensions and of types (`[a.b.c]`) are not understood.
 *
 * @throws {MeshTestError} with line and column.
 */
export function parseTextProto(file: string, text: string): TextProtoMessage {
  checkLength(file, text)
  return new Reader(file, textProtoTokens(file, text)).message(undefined, 0)
}

class Reader {
  readonly #file: string
  readonly #tokens: readonly TextProtoToken[]
  #next = 0

  constructor(file: string, tokens: readonly TextProtoToken[]) {
    this.#file = file
    this.#tokens = tokens
  }

  /** The fields up to `close`, which is taken too; up to the end without one. */
  message(close: string | undefined, depth: number): TextProtoMessage {
    if (depth > maxDepth) this.#fail(`expected at most ${maxDepth} messages in each other`)
    const fields: TextProtoField[] = []
    while (!this.#ends(close)) {
      this.#field(fields, depth)
      if (this.#is(',') || this.#is(';')) this.#next++
    }
    return fields
  }

  #ends(close: string | undefined): boolean {
    const token = this.#token()
    if (token.kind === 'end') {
      if (close !== undefined) this.#fail(`expected ${close}, got the end`)
      return true
    }
    if (close === undefined || !this.#is(close)) return false
    this.#next++
    return true
  }

  #field(fields: TextProtoField[], depth: number): void {
    const { kind, text: name, line, column } = this.#token()
    if (kind !== 'word') this.#fail(`expected the name of a field, got ${show(this.#token())}`)
    this.#next++
    const colon = this.#is(':')
    if (colon) this.#next++
    for (const value of this.#is('[') ? this.#list(depth) : [this.#value(depth)]) {
      if (!colon && value.kind !== 'message') this.#fail(`expected a colon after ${name}`)
      fields.push({ name, value, line, column })
    }
  }

  #list(depth: number): readonly TextProtoValue[] {
    const values: TextProtoValue[] = []
    this.#next++
    while (!this.#is(']')) {
      values.push(this.#value(depth))
      if (this.#is(',')) this.#next++
      else if (!this.#is(']')) this.#fail(`expected , or ], got ${show(this.#token())}`)
    }
    this.#next++
    return values
  }

  #value(depth: number): TextProtoValue {
    const token = this.#token()
    const close = token.kind === 'mark' ? closings.get(token.text) : undefined
    if (close !== undefined) {
      this.#next++
      return { kind: 'message', fields: this.message(close, depth + 1) }
    }
    if (token.kind === 'string') return { kind: 'string', text: this.#strings() }
    if (token.kind !== 'word') this.#fail(`expected a value, got ${show(token)}`)
    this.#next++
    return { kind: 'word', text: token.text }
  }

  /** Strings that stand side by side are one. */
  #strings(): string {
    const parts: string[] = []
    for (let token = this.#token(); token.kind === 'string'; token = this.#token()) {
      parts.push(token.text)
      this.#next++
    }
    return parts.join('')
  }

  #is(mark: string): boolean {
    const { kind, text } = this.#token()
    return kind === 'mark' && text === mark
  }

  #token(): TextProtoToken {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]
    if (token === undefined) throw new RangeError('a list of tokens ends with its end')
    return token
  }

  #fail(message: string): never {
    throw suiteError(this.#file, this.#token(), message)
  }
}

const closings: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['<', '>'],
])

function show({ kind, text }: TextProtoToken): string {
  return kind === 'end' ? 'the end' : JSON.stringify(text)
}
