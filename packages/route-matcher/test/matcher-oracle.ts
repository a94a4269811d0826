import type {
  CidrRangeJson,
  MatcherJson,
  MatcherPredicateJson,
  OnMatchJson,
  RouteJson,
  StringMatcherJson,
} from '../src/index.ts'

type Headers = Readonly<Record<string, string>>
// biome-ignore lint/suspicious/noExplicitAny: typed configs are read as they come, to share no code with what is tested
type Config = any

/** Values that meet each other in maps, ranges and domains. */
export const matcherValues = [
  'a',
  'b',
  'ab',
  'abc',
  'A',
  '10.0.0.1',
  '10.0.1.2',
  '10.1.0.1',
  'x.y.z',
  'y.z',
  'q.y.z',
  'z',
  '',
] as const

/** Draws a matcher over the headers h1 to h3. */
export function drawMatcher(random: () => number, depth: number): MatcherJson {
  return new Draw(random).matcher(depth)
}

class Draw {
  readonly #random: () => number
  #routes = 0

  constructor(random: () => number) {
    this.#random = random
  }

  matcher(depth: number): MatcherJson {
    const rest = this.#random() < 0.5 ? { onNoMatch: this.#onMatch(depth) } : {}
    const kind = this.#one(['list', 'list', 'exact', 'prefix', 'ip', 'domain'])
    if (kind === 'list') {
      const matchers = this.#many(3, () => ({
        predicate: this.#predicate(2),
        onMatch: this.#onMatch(depth),
      }))
      return { matcherList: { matchers }, ...rest }
    }
    const input = this.#input()
    if (kind === 'exact')
      return { matcherTree: { input, exactMatchMap: this.#map(depth) }, ...rest }
    if (kind === 'prefix')
      return { matcherTree: { input, prefixMatchMap: this.#map(depth) }, ...rest }
    const customMatch = kind === 'ip' ? this.#ip(depth) : this.#domain(depth)
    return { matcherTree: { input, customMatch }, ...rest }
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }

  #many<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * most) }, make)
  }

  #input() {
    return typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', {
      headerName: this.#one(['h1', 'h2', 'h3']),
    })
  }

  #onMatch(depth: number): OnMatchJson {
    const nested = depth > 0 && this.#random() < 0.4
    const action = () =>
      typed('envoy.config.route.v3.RouteList', { routes: this.#many(2, () => this.#route()) })
    return {
      ...(nested ? { matcher: this.matcher(depth - 1) } : { action: action() }),
      ...(this.#random() < 0.2 ? { keepMatching: true } : {}),
    }
  }

  #route(): RouteJson {
    const match = this.#one([
      { path: '/no' },
      { prefix: '/', headers: [{ name: 'h3', presentMatch: true }] },
      { prefix: '/' },
    ])
    return { match, route: { cluster: `r${this.#routes++}` } }
  }

  #predicate(depth: number): MatcherPredicateJson {
    const inner = () => this.#predicate(depth - 1)
    const kind = depth === 0 ? 'single' : this.#one(['single', 'single', 'not', 'or', 'and'])
    if (kind === 'not') return { notMatcher: inner() }
    if (kind === 'or') return { orMatcher: { predicate: [inner(), inner()] } }
    if (kind === 'and') return { andMatcher: { predicate: [inner(), inner()] } }
    const how = this.#one(['exact', 'prefix', 'suffix', 'contains'])
    const value = this.#one(matcherValues.filter((it) => it !== ''))
    return { singlePredicate: { input: this.#input(), valueMatch: { [how]: value } } }
  }

  #map(depth: number) {
    return {
      map: Object.fromEntries(
        this.#many(4, () => [this.#one(matcherValues), this.#onMatch(depth)]),
      ),
    }
  }

  #ip(depth: number) {
    const range = () => ({
      addressPrefix: this.#one(['10.0.0.0', '10.0.0.1', '10.1.2.3']),
      prefixLen: this.#one([0, 8, 16, 24, 32]),
    })
    return typed('xds.type.matcher.v3.IPMatcher', {
      rangeMatchers: this.#many(4, () => ({
        ranges: this.#many(2, range),
        onMatch: this.#onMatch(depth),
        exclusive: this.#random() < 0.3,
      })),
    })
  }

  #domain(depth: number) {
    const domains = new Set(
      this.#many(4, () => this.#one(['*', '*.z', '*.y.z', 'x.y.z', 'y.z', 'z', 'a'])),
    )
    return typed('xds.type.matcher.v3.ServerNameMatcher', {
      domainMatchers: [...domains].map((domain) => ({
        domains: [domain],
        onMatch: this.#onMatch(depth),
      })),
    })
  }
}

function typed(type: string, fields: object) {
  return { name: 'x', typedConfig: { '@type': `type.googleapis.com/${type}`, ...fields } }
}

/** The cluster for a request with these headers, by reading the matcher itself. */
export function matcherOracle(matcher: MatcherJson, headers: Headers): string | undefined {
  const routes = decide(matcher, headers)
  return routes?.find(
    ({ match }) => match?.path === undefined && (match?.headers === undefined || 'h3' in headers),
  )?.route?.cluster
}

type Decision = readonly RouteJson[] | undefined

function decide(matcher: MatcherJson, headers: Headers): Decision {
  for (const onMatch of candidates(matcher, headers)) {
    const found = follow(onMatch, headers)
    if (found !== undefined) return found
  }
  return matcher.onNoMatch === undefined ? undefined : follow(matcher.onNoMatch, headers)
}

function follow({ matcher, action, keepMatching }: OnMatchJson, headers: Headers): Decision {
  const config: Config = action?.typedConfig
  const found = matcher === undefined ? config.routes : decide(matcher, headers)
  return keepMatching === true ? undefined : found
}

function candidates({ matcherList, matcherTree }: MatcherJson, headers: Headers): OnMatchJson[] {
  if (matcherList !== undefined) {
    return (matcherList.matchers ?? [])
      .filter(({ predicate }) => holds(predicate ?? {}, headers))
      .map(({ onMatch }) => onMatch ?? {})
  }
  const input: Config = matcherTree?.input?.typedConfig
  const text = headers[input.headerName]
  if (text === undefined) return []
  const { exactMatchMap, prefixMatchMap, customMatch } = matcherTree ?? {}
  if (exactMatchMap !== undefined) {
    return Object.entries(exactMatchMap.map ?? {})
      .filter(([key]) => key === text)
      .map(([, it]) => it)
  }
  if (prefixMatchMap !== undefined) {
    return Object.entries(prefixMatchMap.map ?? {})
      .filter(([key]) => text.slice(0, key.length) === key)
      .sort(([a], [b]) => b.length - a.length)
      .map(([, it]) => it)
  }
  const custom: Config = customMatch?.typedConfig
  return custom.rangeMatchers === undefined ? ofDomains(custom, text) : ofRanges(custom, text)
}

function holds(predicate: MatcherPredicateJson, headers: Headers): boolean {
  const { singlePredicate, orMatcher, andMatcher, notMatcher } = predicate
  if (notMatcher !== undefined) return !holds(notMatcher, headers)
  if (orMatcher !== undefined) return (orMatcher.predicate ?? []).some((it) => holds(it, headers))
  if (andMatcher !== undefined)
    return (andMatcher.predicate ?? []).every((it) => holds(it, headers))
  const input: Config = singlePredicate?.input?.typedConfig
  const text = headers[input.headerName]
  return text !== undefined && fits(singlePredicate?.valueMatch ?? {}, text)
}

function fits({ exact, prefix, suffix, contains }: StringMatcherJson, text: string): boolean {
  if (exact !== undefined) return text === exact
  if (prefix !== undefined) return text.indexOf(prefix) === 0
  if (suffix !== undefined)
    return text.length >= suffix.length && text.slice(text.length - suffix.length) === suffix
  return text.split(contains ?? '').length > 1
}

function ofDomains({ domainMatchers }: Config, text: string): OnMatchJson[] {
  const all: { domain: string; onMatch: OnMatchJson }[] = domainMatchers.map((it: Config) => ({
    domain: it.domains[0],
    onMatch: it.onMatch,
  }))
  const rank = (domain: string): number => {
    if (text === '') return -1
    if (domain === '*') return 0
    if (domain === text) return 1000
    return domain[0] === '*' && text.endsWith(domain.slice(1)) ? domain.length : -1
  }
  return all
    .filter(({ domain }) => rank(domain) >= 0)
    .sort((a, b) => rank(b.domain) - rank(a.domain))
    .map(({ onMatch }) => onMatch)
}

function ofRanges({ rangeMatchers }: Config, text: string): OnMatchJson[] {
  const bits = (address: string) =>
    address
      .split('.')
      .map((it) => Number(it).toString(2).padStart(8, '0'))
      .join('')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(text)) return []
  const fitting = rangeMatchers.flatMap(({ ranges, onMatch, exclusive }: Config) =>
    ranges
      .filter(({ addressPrefix = '', prefixLen = 0 }: CidrRangeJson) =>
        bits(text).startsWith(bits(addressPrefix).slice(0, prefixLen)),
      )
      .map(({ prefixLen }: CidrRangeJson) => ({ prefixLen, onMatch, exclusive })),
  )
  return fitting
    .sort((a: Config, b: Config) => b.prefixLen - a.prefixLen)
    .filter((it: Config, i: number) => i === 0 || !it.exclusive)
    .map(({ onMatch }: Config) => onMatch)
}
