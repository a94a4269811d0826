import { type IndexingPolicy, policyOf } from './indexing-policy.ts'

/**
 * Name and value of each entry of the static table, in order.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-A
 */
const entries: readonly (readonly [name: string, value?: string])[] = [
  [':authority'],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset'],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language'],
  ['accept-ranges'],
  ['accept'],
  ['access-control-allow-origin'],
  ['age'],
  ['allow'],
  ['authorization'],
  ['cache-control'],
  ['content-disposition'],
  ['content-encoding'],
  ['content-language'],
  ['content-length'],
  ['content-location'],
  ['content-range'],
  ['content-type'],
  ['cookie'],
  ['date'],
  ['etag'],
  ['expect'],
  ['expires'],
  ['from'],
  ['host'],
  ['if-match'],
  ['if-modified-since'],
  ['if-none-match'],
  ['if-range'],
  ['if-unmodified-since'],
  ['last-modified'],
  ['link'],
  ['location'],
  ['max-forwards'],
  ['proxy-authenticate'],
  ['proxy-authorization'],
  ['range'],
  ['referer'],
  ['refresh'],
  ['retry-after'],
  ['server'],
  ['set-cookie'],
  ['strict-transport-security'],
  ['transfer-encoding'],
  ['user-agent'],
  ['vary'],
  ['via'],
  ['www-authenticate'],
]

/** How many entries the static table has; the dynamic table's indices begin after them. */
export const staticCount: number = entries.length

/** Names by index; index 0 is unused. */
export const staticNames: readonly string[] = ['', ...entries.map(([name]) => name)]

/** Values by index; index 0 is unused. */
export const staticValues: readonly string[] = ['', ...entries.map(([, value]) => value ?? '')]

/** Where a name stands in the static table. */
export interface StaticName {
  /** The lowest index that has the name. */
  readonly index: number
  /** The index of each value that stands with the name. */
  readonly values: ReadonlyMap<string, number>
  readonly policy: IndexingPolicy
}

/** The static table by name, for encoders. */
export const staticIndex: ReadonlyMap<string, StaticName> = indexByName()

function indexByName(): Map<string, StaticName> {
  const names = new Map<string, StaticName & { values: Map<string, number> }>()
  for (const [at, [name, value]] of entries.entries()) {
    const known = names.get(name) ?? {
      index: at + 1,
      values: new Map(),
      policy: policyOf(name),
    }
    names.set(name, known)
    if (value !== undefined) known.values.set(value, at + 1)
  }
  return names
}
