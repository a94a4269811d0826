import type { PlainRequest, RequestTls } from '@meshwright/route-matcher'

/** A request while its parts are decided one after another. */
export interface RequestDraft {
  authority: string
  path: string
  /** There is a query, even if it has no parameter. */
  hasQuery: boolean
  readonly query: [name: string, value: string][]
  method: string
  scheme: string
  readonly headers: Record<string, string>
  readonly cookies: [name: string, value: string][]
  tls: RequestTls | undefined
  readonly metadata: [filter: string, path: readonly string[], value: unknown][]
  readonly filterState: Record<string, string>
}

/** A request of which nothing is decided but its host. */
export function emptyDraft(authority: string): RequestDraft {
  return {
    authority,
    path: '/',
    hasQuery: false,
    query: [],
    method: 'GET',
    scheme: 'http',
    headers: {},
    cookies: [],
    tls: undefined,
    metadata: [],
    filterState: {},
  }
}

/** The request that a draft became; what has its default is left out. */
export function finishDraft(draft: RequestDraft): PlainRequest {
  const { authority, method, scheme, tls, filterState } = draft
  const headers = { ...draft.headers }
  if (draft.cookies.length > 0) {
    headers['cookie'] = draft.cookies.map(([name, value]) => `${name}=${value}`).join('; ')
  }
  return {
    authority,
    path: draft.path + queryOf(draft),
    ...(method === 'GET' ? {} : { method }),
    ...(scheme === 'http' ? {} : { scheme }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(tls === undefined ? {} : { tls }),
    ...(draft.metadata.length === 0 ? {} : { metadata: metadataOf(draft) }),
    ...(Object.keys(filterState).length === 0 ? {} : { filterState }),
  }
}

function queryOf({ hasQuery, query }: RequestDraft): string {
  if (query.length === 0) return hasQuery ? '?' : ''
  return `?${query.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')}`
}

function metadataOf({ metadata }: RequestDraft): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [filter, path, value] of metadata) setAt(root, [filter, ...path], value)
  return root
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let object = root
  for (const [index, key] of path.entries()) {
    if (index === path.length - 1) {
      define(object, key, value)
      return
    }
    let next = Object.getOwnPropertyDescriptor(object, key)?.value as unknown
    if (!isObject(next)) {
      next = {}
      define(object, key, next)
    }
    if (isObject(next)) object = next
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As an assignment would, whatever the key: `__proto__` is a key as any other. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}
