import type { MutableHeaders, Request } from '@meshwright/route-matcher'
import type { HeaderPair } from './router-test.ts'
import { valueAt } from './value-at.ts'

/** Headers that Envoy keeps as one value: what is appended is joined by a comma. */
const singleValued: ReadonlySet<string> = new Set([
  'accept',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'grpc-message',
  'grpc-status',
  'location',
  'server',
  'user-agent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])

/** The headers of a request or response on its way through the route, pseudo-headers among them. */
export class HeaderMap implements MutableHeaders {
  readonly #values = new Map<string, string[]>()

  constructor(pairs: Iterable<HeaderPair> = []) {
    for (const [name, value] of pairs) this.append(name.toLowerCase(), value)
  }

  /** The values as they are, the first of them alone for what is printed. */
  values(lowerName: string): readonly string[] {
    return this.#values.get(lowerName) ?? []
  }

  has(lowerName: string): boolean {
    return this.#values.has(lowerName)
  }

  set(lowerName: string, value: string): void {
    this.#values.set(lowerName, [value])
  }

  append(lowerName: string, value: string): void {
    const before = this.#values.get(lowerName)
    if (before === undefined) this.#values.set(lowerName, [value])
    else if (singleValued.has(lowerName)) this.set(lowerName, [...before, value].join(','))
    else before.push(value)
  }

  remove(lowerName: string): void {
    this.#values.delete(lowerName)
  }

  /** The map as a request, for matchers and rewrites; later changes show in it. */
  asRequest(metadata: Readonly<Record<string, unknown>> = {}): Request {
    const first = (name: string): string => this.values(name)[0] ?? ''
    return {
      get authority() {
        return first(':authority')
      },
      get path() {
        return first(':path')
      },
      get method() {
        return first(':method')
      },
      get scheme() {
        return first(':scheme')
      },
      header: (name) => (this.has(name) ? this.values(name).join(',') : undefined),
      headerValues: (name) => this.values(name),
      metadata: (namespace, path) => valueAt(metadata, [namespace, ...path]),
    }
  }
}
