import type { Dispatcher } from 'undici'
import type { RequestView } from '../cluster/request-view.ts'

type Headers = Dispatcher.DispatchOptions['headers']

/** What a request asks for, in whichever of its shapes undici was given the headers. */
export function viewOf({ method, path, headers }: Dispatcher.DispatchOptions): RequestView {
  return { method, path, header: (name) => headerOf(headers, name) }
}

/** The headers with a `host`, unless they have one. */
export function withHost(headers: Headers, host: string): NonNullable<Headers> {
  if (headers === undefined || headers === null) return { host }
  if (headerOf(headers, 'host') !== undefined) return headers
  if (Array.isArray(headers)) return [...headers, 'host', host]
  if (isIterable(headers)) return joined(headers, ['host', host])
  return { ...headers, host }
}

/** Not as an array, which undici takes for names and values in turns. */
function joined(pairs: Iterable<Pair>, last: Pair): Iterable<Pair> {
  return {
    *[Symbol.iterator]() {
      yield* pairs
      yield last
    },
  }
}

type Pair = [name: string, value: string | string[] | undefined]
type Value = string | number | readonly string[] | undefined

function headerOf(headers: Headers, name: string): string | undefined {
  for (const [key, value] of entriesOf(headers)) {
    if (key.toLowerCase() !== name) continue
    const first = typeof value === 'object' ? value[0] : value
    return first === undefined ? undefined : String(first)
  }
  return undefined
}

function* entriesOf(headers: Headers): Generator<readonly [key: string, value: Value]> {
  if (headers === undefined || headers === null) return
  if (Array.isArray(headers)) {
    for (let i = 0; i < headers.length; i += 2) yield [headers[i] ?? '', headers[i + 1]]
  } else if (isIterable(headers)) yield* headers
  else yield* Object.entries(headers)
}

function isIterable(headers: NonNullable<Headers>): headers is Iterable<Pair> {
  return Symbol.iterator in headers
}
