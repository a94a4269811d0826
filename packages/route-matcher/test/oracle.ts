import type {
  HeaderMatcherJson,
  PlainRequest,
  RouteConfigurationJson,
  RouteJson,
  RouteMatchJson,
  StringMatcherJson,
} from '../src/index.ts'

/** Says `<virtual host>/<place of the route>`, or undefined for no route. Header names of the request are lower-case. */
export type LinearMatcher = (asked: PlainRequest, random?: number) => string | undefined

/**
 * The plain way to route: walk the list, take the first route that holds. It reads the configuration by itself: no index and
 * no code shared with the package. The tests compare the package's answers with it, the benchmark its speed, so it is
 * as quick as a walk can be: everything is read once, paths are compared before anything else, regexes are the language's own.
 *
 * It knows the predicates that the generators make; a regex must mean the same in JavaScript and in RE2.
 */
export function linearMatcher(configuration: RouteConfigurationJson): LinearMatcher {
  const hosts = (configuration.virtualHosts ?? []).map(({ name, routes = [] }) =>
    routes.map((route, index) => linearRoute(route, `${name}/${index}`)),
  )
  const domains = (configuration.virtualHosts ?? [])
    .flatMap(({ domains: names = [] }, i) =>
      names.map((name) => linearDomain(name, hosts[i] ?? [])),
    )
    .sort((a, b) => b.rank - a.rank)
  const portless = configuration.ignorePortInHostMatching === true
  return (asked, random = 0) => {
    const routes = routesFor(domains, asked.authority, portless)
    return routes === undefined ? undefined : firstOf(routes, asked, random)
  }
}

interface LinearRoute {
  readonly answer: string
  readonly kind: 'prefix' | 'path' | 'separated' | 'regex'
  readonly literal: string
  readonly anyCase: boolean
  readonly regex: RegExp
  readonly rest: readonly Test[]
}

type Test = (asked: PlainRequest, random: number) => boolean

function firstOf(
  routes: readonly LinearRoute[],
  asked: PlainRequest,
  random: number,
): string | undefined {
  const query = asked.path.indexOf('?')
  const path = query === -1 ? asked.path : asked.path.slice(0, query)
  for (let i = 0; i < routes.length; i++) {
    const route = routes[i] as LinearRoute
    if (!pathHolds(route, route.anyCase ? lowerCase(path) : path)) continue
    let holds = true
    for (const test of route.rest) holds &&= test(asked, random)
    if (holds) return route.answer
  }
  return undefined
}

function pathHolds({ kind, literal, regex }: LinearRoute, path: string): boolean {
  switch (kind) {
    case 'prefix':
      return path.startsWith(literal)
    case 'path':
      return path === literal
    case 'separated':
      return (
        path.startsWith(literal) && (path.length === literal.length || path[literal.length] === '/')
      )
    case 'regex':
      return regex.test(path)
  }
}

function linearRoute({ match = {} }: RouteJson, answer: string): LinearRoute {
  const anyCase = match.caseSensitive === false && match.safeRegex === undefined
  const literal = match.prefix ?? match.path ?? match.pathSeparatedPrefix ?? ''
  return {
    answer,
    kind: kindOf(match),
    literal: anyCase ? lowerCase(literal) : literal,
    anyCase,
    regex: new RegExp(`^(?:${match.safeRegex?.regex ?? ''})$`),
    rest: restOf(match),
  }
}

function kindOf(match: RouteMatchJson): LinearRoute['kind'] {
  if (match.prefix !== undefined) return 'prefix'
  if (match.path !== undefined) return 'path'
  return match.pathSeparatedPrefix === undefined ? 'regex' : 'separated'
}

function restOf(match: RouteMatchJson): Test[] {
  const share = match.runtimeFraction?.defaultValue?.numerator
  return [
    ...(share === undefined ? [] : [(_: PlainRequest, random: number) => random % 100 < share]),
    ...(match.headers ?? []).map((header): Test => {
      const holds = headerTest(header)
      const name = header.name ?? ''
      if (name === ':method') return (asked) => holds(asked.method ?? 'GET')
      return (asked) => holds(asked.headers?.[name])
    }),
    ...(match.queryParameters ?? []).map(
      ({ name = '', stringMatch, presentMatch = true }): Test => {
        if (stringMatch === undefined) {
          return (asked) => (queryValue(asked.path, name) !== undefined) === presentMatch
        }
        const holds = textTest(stringMatch)
        return (asked) => {
          const value = queryValue(asked.path, name)
          return value !== undefined && holds(value)
        }
      },
    ),
  ]
}

function headerTest({
  stringMatch,
  presentMatch = true,
  invertMatch = false,
  treatMissingHeaderAsEmpty = false,
}: HeaderMatcherJson): (value: string | readonly string[] | undefined) => boolean {
  if (stringMatch === undefined) {
    // A missing header that counts as empty counts as present.
    return (value) =>
      ((value !== undefined || treatMissingHeaderAsEmpty) === presentMatch) !== invertMatch
  }
  const holds = textTest(stringMatch)
  return (value) => {
    if (value === undefined && !treatMissingHeaderAsEmpty) return false
    const found = typeof value === 'object' ? value.some(holds) : holds(value ?? '')
    return found !== invertMatch
  }
}

function textTest({ exact, prefix, suffix, contains, ignoreCase }: StringMatcherJson): TextTest {
  const cased = (text: string): string => (ignoreCase === true ? lowerCase(text) : text)
  const literal = cased(exact ?? prefix ?? suffix ?? contains ?? '')
  if (exact !== undefined) return (text) => cased(text) === literal
  if (prefix !== undefined) return (text) => cased(text).startsWith(literal)
  if (suffix !== undefined) return (text) => cased(text).endsWith(literal)
  return (text) => cased(text).includes(literal)
}

type TextTest = (text: string) => boolean

/** The first value of a parameter, not decoded. */
function queryValue(path: string, name: string): string | undefined {
  const start = path.indexOf('?')
  if (start === -1) return undefined
  for (const pair of path.slice(start + 1).split('&')) {
    if (pair === name) return ''
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1)
  }
  return undefined
}

interface LinearDomain {
  /** Exact over suffix over prefix over any, longer over shorter. */
  readonly rank: number
  readonly text: string
  readonly routes: readonly LinearRoute[]
}

const anyRank = 1
const prefixRank = 1000
const suffixRank = 2000
const exactRank = 3000

function linearDomain(domain: string, routes: readonly LinearRoute[]): LinearDomain {
  const text = lowerCase(domain.replace('*', ''))
  if (domain === '*') return { rank: anyRank, text, routes }
  if (domain.startsWith('*')) return { rank: suffixRank + text.length, text, routes }
  return { rank: domain.endsWith('*') ? prefixRank + text.length : exactRank, text, routes }
}

function routesFor(
  domains: readonly LinearDomain[],
  authority: string,
  portless: boolean,
): readonly LinearRoute[] | undefined {
  if (domains[0]?.rank === anyRank) return domains[0].routes
  const lower = lowerCase(authority)
  const host = portless ? lower.replace(/:\d*$/, '') : lower
  for (const { rank, text, routes } of domains) if (domainHolds(rank, text, host)) return routes
  return undefined
}

function domainHolds(rank: number, text: string, host: string): boolean {
  if (rank === anyRank) return true
  if (rank === exactRank) return host === text
  if (host.length <= text.length) return false
  return rank > suffixRank ? host.endsWith(text) : host.startsWith(text)
}

function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
