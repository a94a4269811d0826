import type {
  RouteConfigurationJson,
  RouteJson,
  VirtualHostJson,
} from '@meshwright/xds-types/envoy/config/route/v3'

/**
 * A reader of route configurations that is independent of `route-matcher`: it knows just the predicates that the compared
 * configurations use and throws on any other, so that nothing is counted as covered that was not looked at.
 */
export interface PlainProbe {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

/** A condition of a route: what it says, and whether a request meets it. */
interface Predicate {
  readonly text: string
  holds(probe: PlainProbe): boolean
  /** A request that differs from `probe` in that it meets this condition, or does not. */
  made(probe: PlainProbe, holds: boolean): PlainProbe | undefined
}

/** How often each route was taken, and each predicate seen true and false on the way. */
export class Coverage {
  readonly #routes = new Map<string, number>()
  readonly #predicates = new Map<string, { yes: number; no: number; readonly always: boolean }>()

  constructor(virtualHosts: readonly VirtualHostJson[]) {
    for (const host of virtualHosts) {
      host.routes?.forEach((route, i) => {
        this.#routes.set(routeKey(host, i), 0)
        for (const it of predicatesOf(route)) {
          const always = it.made(anyProbe, false) === undefined
          this.#predicates.set(`${routeKey(host, i)}: ${it.text}`, { yes: 0, no: 0, always })
        }
      })
    }
  }

  /** Follows a request through the routes of its virtual host, as a first-match reader does. */
  count(host: VirtualHostJson, probe: PlainProbe): void {
    for (const [i, route] of (host.routes ?? []).entries()) {
      const predicates = predicatesOf(route)
      for (const it of predicates) this.#seen(`${routeKey(host, i)}: ${it.text}`, it.holds(probe))
      if (predicates.every((it) => it.holds(probe))) {
        this.#routes.set(routeKey(host, i), (this.#routes.get(routeKey(host, i)) ?? 0) + 1)
        return
      }
    }
  }

  /** What no request has shown yet. Empty: everything. */
  get missing(): string[] {
    return [
      ...[...this.#routes].filter(([, hits]) => hits === 0).map(([name]) => `${name} not taken`),
      ...[...this.#predicates].flatMap(([name, { yes, no, always }]) => [
        ...(yes === 0 ? [`${name} never true`] : []),
        ...(no === 0 && !always ? [`${name} never false`] : []),
      ]),
    ]
  }

  toString(): string {
    const routes = [...this.#routes].map(([name, hits]) => `${name}: taken ${hits}`)
    const predicates = [...this.#predicates].map(
      ([name, { yes, no, always }]) => `${name}: true ${yes}, false ${always ? '(cannot be)' : no}`,
    )
    return [...routes, ...predicates].join('\n')
  }

  #seen(key: string, holds: boolean): void {
    const tally = this.#predicates.get(key)
    if (tally === undefined) throw new Error(`no such predicate: ${key}`)
    if (holds) tally.yes += 1
    else tally.no += 1
  }
}

/** The route that a request takes, by the same reading. */
export function routeTaken(host: VirtualHostJson, probe: PlainProbe): RouteJson | undefined {
  return host.routes?.find((route) => predicatesOf(route).every((it) => it.holds(probe)))
}

/** Requests that take every route of a virtual host and show every predicate both ways. */
export function probesFor(host: VirtualHostJson, port: number): PlainProbe[] {
  const [domain = ''] = host.domains ?? []
  const authority = domain === '*' ? `unknown.example:${port}` : domain
  const base = { url: `http://${authority}/elsewhere`, method: 'GET', headers: {} }
  return (host.routes ?? []).flatMap((route) => {
    const predicates = predicatesOf(route)
    const taken = predicates.reduce<PlainProbe>((it, one) => one.made(it, true) ?? it, base)
    const missed = predicates.flatMap((one) => one.made(taken, false) ?? [])
    return [taken, ...missed]
  })
}

/** The virtual hosts of some route configurations. */
export function virtualHostsOf(
  configurations: readonly RouteConfigurationJson[],
): VirtualHostJson[] {
  return configurations.flatMap((it) => it.virtualHosts ?? [])
}

const anyProbe: PlainProbe = { url: 'http://any/elsewhere', method: 'GET', headers: {} }

function routeKey(host: VirtualHostJson, index: number): string {
  return `${host.name} route ${index}`
}

function predicatesOf({ match = {} }: RouteJson): Predicate[] {
  const {
    prefix,
    path,
    safeRegex,
    headers = [],
    queryParameters = [],
    caseSensitive,
    ...rest
  } = match
  if (caseSensitive === false || Object.keys(rest).length > 0) {
    throw new Error(`cannot read ${JSON.stringify(match)}`)
  }
  return [
    pathPredicate(prefix, path, safeRegex?.regex),
    ...headers.map(headerPredicate),
    ...queryParameters.map(queryPredicate),
  ]
}

/** A path for each regular expression of the compared configurations. */
const examples: Readonly<Record<string, string>> = { '/v[0-9]+/old/.*': '/v1/old/page' }

function pathPredicate(prefix?: string, path?: string, regex?: string): Predicate {
  const pathOf = (probe: PlainProbe): string => new URL(probe.url).pathname
  const withPath = (probe: PlainProbe, to: string): PlainProbe => {
    const url = new URL(probe.url)
    url.pathname = to
    return { ...probe, url: url.href }
  }
  const example = prefix ?? path ?? examples[regex ?? ''] ?? ''
  if (example === '') throw new Error(`no example for ${regex}`)
  const whole = regex === undefined ? undefined : new RegExp(`^(?:${regex})$`)
  return {
    text: JSON.stringify({ prefix, path, regex }),
    holds: (probe) =>
      prefix !== undefined
        ? pathOf(probe).startsWith(prefix)
        : (whole?.test(pathOf(probe)) ?? pathOf(probe) === path),
    made: (probe, holds) => {
      if (holds) return withPath(probe, example)
      return prefix === '/' ? undefined : withPath(probe, '/elsewhere')
    },
  }
}

type HeaderMatcher = NonNullable<NonNullable<RouteJson['match']>['headers']>[number]
type QueryMatcher = NonNullable<NonNullable<RouteJson['match']>['queryParameters']>[number]

function headerPredicate(matcher: HeaderMatcher): Predicate {
  const { name = '', presentMatch, stringMatch, invertMatch = false, ...rest } = matcher
  const exact = stringMatch?.exact
  const known = Object.keys(rest).every((key) => key === 'treatMissingHeaderAsEmpty')
  if (!known || (exact === undefined && presentMatch !== true)) {
    throw new Error(`cannot read ${JSON.stringify(matcher)}`)
  }
  const meets = (value: string | undefined): boolean =>
    exact === undefined ? value !== undefined : value === exact
  return {
    text: JSON.stringify(matcher),
    holds: (probe) => meets(probe.headers[name]) !== invertMatch,
    made: (probe, holds) => {
      const { [name]: _, ...others } = probe.headers
      const present = holds !== invertMatch
      return { ...probe, headers: present ? { ...others, [name]: exact ?? 'there' } : others }
    },
  }
}

function queryPredicate(matcher: QueryMatcher): Predicate {
  const { name = '', stringMatch, ...rest } = matcher
  const exact = stringMatch?.exact
  if (exact === undefined || Object.keys(rest).length > 0) {
    throw new Error(`cannot read ${JSON.stringify(matcher)}`)
  }
  return {
    text: JSON.stringify(matcher),
    holds: (probe) => new URL(probe.url).searchParams.get(name) === exact,
    made: (probe, holds) => {
      const url = new URL(probe.url)
      url.searchParams.set(name, holds ? exact : `not-${exact}`)
      return { ...probe, url: url.href }
    },
  }
}
