/** What may be done to a path before it is matched. Envoy: the fields of that name of the connection manager. */
export interface PathNormalization {
  /** RFC 3986: dot segments go, `\` becomes `/`, needless percent-encoding goes. Default: false. */
  readonly normalizePath?: boolean
  /** `//` becomes `/`. Default: false. */
  readonly mergeSlashes?: boolean
  /** What happens to `%2F` and `%5C`. Default: they stay, as KEEP_UNCHANGED. */
  readonly pathWithEscapedSlashesAction?:
    | 'IMPLEMENTATION_SPECIFIC_DEFAULT'
    | 'KEEP_UNCHANGED'
    | 'REJECT_REQUEST'
    | 'UNESCAPE_AND_REDIRECT'
    | 'UNESCAPE_AND_FORWARD'
}

/** The path to go on with; or to redirect to (307); or why to answer 400. */
export type NormalizedPath =
  | { readonly kind: 'ok'; readonly path: string }
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'reject'; readonly reason: 'escaped-slashes' | 'not-normalizable' }

/**
 * Normalises the path of a request, its query left as it is.
 *
 * The order is Envoy's: escaped slashes, then RFC 3986, then `//`. An empty path and `*` stay. `%00` or a raw NUL cannot be
 * normalised. Dot segments never lead above the root, and are found under percent-encoding (`%2e`) and before `;`.
 *
 * @example
 * ```ts
 * normalizePath('/a/%2e%2e//b?x=/../', { normalizePath: true, mergeSlashes: true }) // => { kind: 'ok', path: '/b?x=/../' }
 * ```
 */
export function normalizePath(path: string, options: PathNormalization): NormalizedPath {
  if (path === '' || path === '*' || isNormal(path)) return { kind: 'ok', path }
  const queryAt = path.search(/[?#]/)
  const query = queryAt === -1 ? '' : path.slice(queryAt)
  const original = queryAt === -1 ? path : path.slice(0, queryAt)
  const unescaped = unescapeSlashes(original, options.pathWithEscapedSlashesAction)
  if (unescaped === undefined) return { kind: 'reject', reason: 'escaped-slashes' }
  const canonical = options.normalizePath === true ? canonicalPath(unescaped) : unescaped
  if (canonical === undefined) return { kind: 'reject', reason: 'not-normalizable' }
  const merged = options.mergeSlashes === true ? mergedSlashes(canonical) : canonical
  const redirects =
    options.pathWithEscapedSlashesAction === 'UNESCAPE_AND_REDIRECT' && unescaped !== original
  return { kind: redirects ? 'redirect' : 'ok', path: merged + query }
}

/** Whether there is nothing to do whatever the options say, as with most paths. False: there may be something. */
function isNormal(path: string): boolean {
  if (path.charCodeAt(0) !== slash) return false
  for (let i = 1, before = slash; i < path.length; i++) {
    const character = path.charCodeAt(i)
    if (character === questionMark || character === hash) return true
    if (unremarkable[character] !== 1) return false
    if (before === slash && (character === slash || character === dot)) return false
    before = character
  }
  return true
}

const slash = 0x2f
const dot = 0x2e
const questionMark = 0x3f
const hash = 0x23

/** 1 for the characters of ASCII that stay as they are, and have no meaning together with others. */
const unremarkable: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[!-~]/.test(String.fromCharCode(code)) && !/["%<>\\^`{|}]/.test(String.fromCharCode(code))
    ? 1
    : 0,
)

/** Undefined: there are some, and they are to be refused. */
function unescapeSlashes(
  path: string,
  action: PathNormalization['pathWithEscapedSlashesAction'] = 'KEEP_UNCHANGED',
): string | undefined {
  if (action === 'KEEP_UNCHANGED' || action === 'IMPLEMENTATION_SPECIFIC_DEFAULT') return path
  const unescaped = path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\')
  return action === 'REJECT_REQUEST' && unescaped !== path ? undefined : unescaped
}

/** A path of slashes alone keeps two, as in Envoy. */
function mergedSlashes(path: string): string {
  return /^\/{2,}$/.test(path) ? '//' : path.replace(/\/{2,}/g, '/')
}

/** Undefined: it holds a NUL. */
function canonicalPath(path: string): string | undefined {
  const decoded = path
    .replace(dotSegmentParameters, '$1')
    .replaceAll('\\', '/')
    .replace(/%[0-9a-f]{2}/gi, decodeUnreserved)
    .replace(needsEscape, percentEncode)
  if (/\0|%00/.test(decoded)) return undefined
  return removeDotSegments(decoded.startsWith('/') ? decoded : `/${decoded}`)
}

function decodeUnreserved(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : encoded
}

/** `/..;x` is a dot segment too: some servers behind take it for one. Only one that is written plainly, as in Envoy. */
const dotSegmentParameters = /(?<=^|\/)(\.\.?);[^/]*/g

/** What a URL's path must not hold as it is. NUL stays, to be refused. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const needsEscape = /[\x01-\x20"<>`{}|^\x7f]|[^\0-\x7f]/gu

/**
 * Characters above 127 stand for bytes if they are below 256, as HTTP codecs hand them over, and for UTF-8 otherwise; half a
 * surrogate pair for the replacement character.
 */
function percentEncode(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  return code < 0x100 ? hex(code) : encodeURIComponent(character.toWellFormed())
}

function removeDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [i, segment] of segments.entries()) {
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (i === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}
