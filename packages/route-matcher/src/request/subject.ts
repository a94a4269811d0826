import { asciiLowerCase } from '../predicate/string-matcher.ts'
import type { MatchOptions } from '../table/table.ts'
import type { Request } from './request.ts'

interface Seldom {
  lowerPath?: string
  query?: ReadonlyMap<string, string>
  cookies?: ReadonlyMap<string, string>
}

/** A request on its way through the predicates; what they ask for is worked out when the first one does, and once. */
export class Subject {
  readonly request: Request
  /** What an index walks along: {@link path}, perhaps with what follows it. */
  readonly pathAndMore: string
  readonly #options: MatchOptions | undefined
  #path: string | undefined
  /** Few requests need any of it: in an object of its own it costs the others nothing. */
  #seldom: Seldom | undefined

  constructor(request: Request, options: MatchOptions | undefined, ignorePathParameters: boolean) {
    this.request = request
    this.#options = options
    // Each segment may have its own.
    this.#path = ignorePathParameters
      ? withoutQuery(request.path).replace(/;[^/]*/g, '')
      : undefined
    this.pathAndMore = this.#path ?? request.path
  }

  /** A non-negative integer. */
  get random(): number {
    return integerDraw(this.#options?.random ?? 0)
  }

  /** Overrides of runtime keys, if any are known. */
  get runtime(): MatchOptions['runtime'] {
    return this.#options?.runtime
  }

  /** Without query and fragment, and without path parameters if those are ignored. */
  get path(): string {
    this.#path ??= withoutQuery(this.pathAndMore)
    return this.#path
  }

  /** The path with A to Z lower-cased. */
  get lowerPath(): string {
    this.#seldom ??= {}
    this.#seldom.lowerPath ??= asciiLowerCase(this.path)
    return this.#seldom.lowerPath
  }

  /** Query parameters as they were sent, not decoded; of a repeated one the first. */
  get query(): ReadonlyMap<string, string> {
    this.#seldom ??= {}
    this.#seldom.query ??= queryParameters(this.request.path)
    return this.#seldom.query
  }

  /** Of a repeated cookie the first. */
  get cookies(): ReadonlyMap<string, string> {
    this.#seldom ??= {}
    this.#seldom.cookies ??= parseCookies(headerValues(this.request, 'cookie'))
    return this.#seldom.cookies
  }

  header(lowerName: string): string | undefined {
    return headerOf(this.request, lowerName)
  }
}

/** A header of the request, pseudo-headers included; those that are empty count as missing. */
export function headerOf(request: Request, lowerName: string): string | undefined {
  switch (lowerName) {
    case ':path':
      return request.path === '' ? undefined : request.path
    case ':authority':
    case 'host':
      return request.authority === '' ? undefined : request.authority
    case ':method':
      return request.method
    case ':scheme':
      return request.scheme
    default:
      return request.header(lowerName)
  }
}

/** Whether a header is a member of the request of its own. */
export function isPseudoHeader(lowerName: string): boolean {
  return lowerName.startsWith(':') || lowerName === 'host'
}

/** The path without query and fragment. */
export function withoutQuery(path: string): string {
  // Not by a regex: this is done for every request.
  const query = path.indexOf('?')
  const fragment = path.indexOf('#')
  if (query === -1 && fragment === -1) return path
  return path.slice(0, query === -1 || (fragment !== -1 && fragment < query) ? fragment : query)
}

/** The first value of every query parameter, as sent. */
export function queryParameters(path: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  const start = path.indexOf('?')
  if (start === -1) return parameters
  for (const pair of path.slice(start + 1).split('&')) {
    const equals = pair.indexOf('=')
    const name = equals === -1 ? pair : pair.slice(0, equals)
    if (!parameters.has(name)) parameters.set(name, equals === -1 ? '' : pair.slice(equals + 1))
  }
  return parameters
}

/** The first value of a header, which is all that Envoy takes where a value is needed and not matched. */
export function firstHeaderValue(request: Request, lowerName: string): string | undefined {
  const joined = headerOf(request, lowerName)
  // Only what holds a comma can have been joined.
  return joined?.includes(',') === true ? headerValues(request, lowerName)[0] : joined
}

/** One parameter as {@link queryParameters} has it, for whoever asks for few of them. */
export function queryParameter(path: string, name: string): string | undefined {
  const start = path.indexOf('?') + 1
  // No name that was sent has one of these in it.
  if (start === 0 || name.includes('=') || name.includes('&')) return undefined
  for (let at = start; at > 0; at = path.indexOf('&', at) + 1) {
    if (!path.startsWith(name, at)) continue
    const after = at + name.length
    const next = path[after]
    if (next === undefined || next === '&') return ''
    if (next !== '=') continue
    const end = path.indexOf('&', after)
    return path.slice(after + 1, end === -1 ? path.length : end)
  }
  return undefined
}

/** The values of a header, one by one where the request knows them so. */
export function headerValues(request: Request, lowerName: string): readonly string[] {
  const joined = headerOf(request, lowerName)
  if (joined === undefined) return []
  return isPseudoHeader(lowerName) ? [joined] : (request.headerValues?.(lowerName) ?? [joined])
}

/** The cookies of the request's cookie headers, as Envoy reads them: spaces before a name and quotes around a value are taken off. */
export function parseCookies(headers: readonly string[]): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of headers.flatMap((header) => header.split(';'))) {
    const equals = pair.indexOf('=')
    if (equals === -1) continue
    const name = pair.slice(0, equals).replace(/^ +/, '')
    const value = pair.slice(equals + 1)
    const quoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    if (!cookies.has(name)) cookies.set(name, quoted ? value.slice(1, -1) : value)
  }
  return cookies
}

/** Envoy draws integers; a fraction is spread over all that a number holds exactly. */
function integerDraw(random: number): number {
  if (Number.isSafeInteger(random) && random >= 0) return random
  if (random > 0 && random < 1) return Math.floor(random * 2 ** 53)
  return Number.isFinite(random) ? Math.floor(Math.abs(random)) : 0
}
