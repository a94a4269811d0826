import { equal } from '../equal.ts'
import type { Report } from '../field.ts'
import type {
  HttpMatchRequest,
  HttpRoute,
  StringMatch,
  VirtualServiceSpec,
} from '../spec/virtual-service.ts'

/**
 * Warns of HTTP matches that an earlier route takes every request from. Exact for what it reports
 * (a match without conditions, a prefix of the path, the same match again); what only several
 * earlier routes take together is not seen, nor what comes after {@link maxCompared} comparisons.
 */
export function unreachableMatches({ http = [] }: VirtualServiceSpec, report: Report): void {
  const earlier: Condition[] = []
  let compared = 0
  for (const condition of conditionsOf(http)) {
    compared += earlier.length
    if (compared > maxCompared) return
    const taker = earlier.find((other) => takesAll(other.match, condition.match))
    if (taker !== undefined) {
      report(condition.path, {
        code: 'WARN_CONFIG_UNREACHABLE',
        severity: 'warning',
        message: `never reached: http[${taker.route}] takes every request before`,
      })
    }
    // What a delegate does not match goes on to the next route.
    if (http[condition.route]?.delegate === undefined) earlier.push(condition)
  }
}

interface Condition {
  readonly match: HttpMatchRequest
  readonly route: number
  readonly path: readonly (string | number)[]
}

function conditionsOf(http: readonly HttpRoute[]): readonly Condition[] {
  return http.flatMap(({ match = [] }, route): readonly Condition[] =>
    match.length === 0
      ? [{ match: {}, route, path: ['http', route] }]
      : match.map((one, index) => ({ match: one, route, path: ['http', route, 'match', index] })),
  )
}

/** Enough for 2000 routes; every one is compared with all before it. */
const maxCompared = 2_000_000

/** Names that do not narrow a match. */
const idle: ReadonlySet<string> = new Set(['name', 'statPrefix'])

/** Whether every request that `later` holds for, `first` holds for too. */
function takesAll(first: HttpMatchRequest, later: HttpMatchRequest): boolean {
  const narrowing = Object.entries(first).filter(
    ([name]) => !idle.has(name) && name !== 'ignoreUriCase',
  )
  return narrowing.every(([name, value]) =>
    name === 'uri' ? uriTakesAll(first, later) : takesPart(value, part(later, name)),
  )
}

function uriTakesAll(first: HttpMatchRequest, later: HttpMatchRequest): boolean {
  const wide = first.uri ?? {}
  if (wide.prefix === '/') return true
  const narrow = later.uri
  if (narrow === undefined) return false
  if (first.ignoreUriCase !== later.ignoreUriCase) return false
  if (first.ignoreUriCase === true) return equal(wide, narrow)
  return stringTakesAll(wide, narrow)
}

function stringTakesAll(wide: StringMatch, narrow: StringMatch): boolean {
  if (equal(wide, narrow)) return true
  const { prefix } = wide
  if (prefix === undefined) return false
  return [narrow.exact, narrow.prefix].some((text) => text?.startsWith(prefix) === true)
}

/** Anything but the path: only the very same condition is known to hold for the same requests. */
function takesPart(first: unknown, later: unknown): boolean {
  if (isEmpty(first)) return true
  if (!isPlain(first)) return equal(first, later)
  const wanted = Object.entries(first)
  return isPlain(later) && wanted.every(([name, value]) => equal(value, part(later, name)))
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function part(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
