import type {
  HeaderMatcherJson,
  PlainRequest,
  RouteConfigurationJson,
  RouteMatchJson,
  StringMatcherJson,
  VirtualHostJson,
} from '../src/index.ts'

/**
 * The route that a request takes, found by reading the configuration itself: no compiling, no index, no shared code.
 * It knows what the generators of the differential test make, and its regexes are JavaScript's.
 */
export function oracle(
  configuration: RouteConfigurationJson,
  asked: PlainRequest,
  random: number,
): string | undefined {
  const host = hostOf(configuration, asked.authority)
  for (const [index, { match }] of (host?.routes ?? []).entries()) {
    if (match !== undefined && holds(match, asked, random)) return `${host?.name}/${index}`
  }
  return undefined
}

function hostOf(
  { virtualHosts = [], ignorePortInHostMatching }: RouteConfigurationJson,
  authority: string,
): VirtualHostJson | undefined {
  const name = authority
    .toLowerCase()
    .replace(ignorePortInHostMatching === true ? /:\d*$/ : /$^/, '')
  const ranked = virtualHosts
    .flatMap((host) => (host.domains ?? []).map((domain) => ({ host, rank: rankOf(domain, name) })))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
  return ranked[0]?.host
}

/** Exact over suffix over prefix over any, longer over shorter; 0 does not fit. */
function rankOf(domain: string, name: string): number {
  const star = domain.indexOf('*')
  if (domain === '*') return 1
  if (star === -1) return domain === name ? 3000 : 0
  const text = domain.replace('*', '')
  if (name.length <= text.length) return 0
  if (star === 0) return name.endsWith(text) ? 2000 + text.length : 0
  return name.startsWith(text) ? 1000 + text.length : 0
}

function holds(match: RouteMatchJson, asked: PlainRequest, random: number): boolean {
  const [path = '', query = ''] = asked.path.split('?')
  const cased = (text: string) => (match.caseSensitive === false ? text.toLowerCase() : text)
  const fraction = match.runtimeFraction?.defaultValue?.numerator
  return [
    match.prefix === undefined || cased(path).indexOf(cased(match.prefix)) === 0,
    match.path === undefined || cased(path) === cased(match.path),
    match.pathSeparatedPrefix === undefined ||
      cased(`${path}/`).indexOf(cased(`${match.pathSeparatedPrefix}/`)) === 0,
    match.safeRegex === undefined || new RegExp(`^(?:${match.safeRegex.regex})$`).test(path),
    fraction === undefined || random % 100 < fraction,
    (match.headers ?? []).every((header) => headerHolds(header, asked)),
    (match.queryParameters ?? []).every(({ name = '', stringMatch, presentMatch = true }) => {
      const value = new URLSearchParams(query).get(name)
      if (stringMatch === undefined) return (value !== null) === presentMatch
      return value !== null && textHolds(stringMatch, value)
    }),
  ].every(Boolean)
}

function headerHolds(header: HeaderMatcherJson, asked: PlainRequest): boolean {
  const { name = '', stringMatch, presentMatch, invertMatch = false } = header
  const raw = name === ':method' ? (asked.method ?? 'GET') : asked.headers?.[name]
  const value = raw === undefined || typeof raw === 'string' ? raw : raw.join(',')
  if (stringMatch === undefined) {
    // A missing header that counts as empty counts as present.
    const there = value !== undefined || header.treatMissingHeaderAsEmpty === true
    return (there === (presentMatch ?? true)) !== invertMatch
  }
  if (value === undefined && header.treatMissingHeaderAsEmpty !== true) return false
  const each = typeof raw === 'object' ? raw : [raw ?? '']
  return each.some((it) => textHolds(stringMatch, it)) !== invertMatch
}

function textHolds(matcher: StringMatcherJson, text: string): boolean {
  const cased = (it: string) => (matcher.ignoreCase === true ? it.toLowerCase() : it)
  const { exact, prefix, suffix, contains } = matcher
  if (exact !== undefined) return cased(text) === cased(exact)
  if (prefix !== undefined) return cased(text).slice(0, prefix.length) === cased(prefix)
  if (suffix !== undefined) return cased(text).slice(-suffix.length) === cased(suffix)
  return cased(text).split(cased(contains ?? '')).length > 1
}
