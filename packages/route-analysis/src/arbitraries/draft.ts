import type { PlainRequest } from '@meshwright/route-matcher'
import type { Witness } from '../witness.ts'

/** A request in the making, each of its parts by itself. */
export interface Draft {
  readonly authority: string
  /** Without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly method: string
  readonly scheme: string
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: Readonly<Record<string, string>>
  readonly tls: PlainRequest['tls']
  readonly metadata: Readonly<Record<string, unknown>>
  readonly filterState: Readonly<Record<string, string>>
  readonly random: number
}

/** One step in the making. */
export type Edit = (draft: Draft) => Draft

/** `GET /` without anything. */
export const emptyDraft: Draft = {
  authority: 'host',
  path: '/',
  query: {},
  method: 'GET',
  scheme: 'http',
  headers: {},
  cookies: {},
  tls: undefined,
  metadata: {},
  filterState: {},
  random: 0,
}

/** The request that a draft stands for, with its draw. */
export function finished(draft: Draft): Required<Witness> {
  const { authority, method, scheme, cookies, tls, metadata, filterState, random } = draft
  const query = Object.entries(draft.query).map(([name, value]) => `${name}=${value}`)
  const crumbs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
  const headers =
    crumbs.length === 0 ? draft.headers : { ...draft.headers, cookie: crumbs.join('; ') }
  const request: PlainRequest = {
    authority,
    path: query.length === 0 ? draft.path : `${draft.path}?${query.join('&')}`,
    method,
    ...(scheme === 'http' ? {} : { scheme }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(tls === undefined ? {} : { tls }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(Object.keys(filterState).length === 0 ? {} : { filterState }),
  }
  return { request, random }
}

/** The draft of a request that somebody else made; the reverse of {@link finished}. */
export function draftOf({ request, random = 0 }: Witness): Draft {
  const { path, query } = splitPath(request.path)
  const { cookie, ...headers } = Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : value.join(','),
    ]),
  )
  return {
    ...emptyDraft,
    authority: request.authority,
    path,
    query,
    method: request.method ?? emptyDraft.method,
    scheme: request.scheme ?? emptyDraft.scheme,
    headers,
    cookies: cookie === undefined ? {} : pairsOf(cookie, '; '),
    tls: request.tls,
    metadata: request.metadata ?? {},
    filterState: request.filterState ?? {},
    random,
  }
}

function splitPath(whole: string): Pick<Draft, 'path' | 'query'> {
  const mark = whole.indexOf('?')
  if (mark === -1) return { path: whole, query: {} }
  return { path: whole.slice(0, mark), query: pairsOf(whole.slice(mark + 1), '&') }
}

function pairsOf(text: string, separator: string): Record<string, string> {
  return Object.fromEntries(
    text.split(separator).map((pair) => {
      const equals = pair.indexOf('=')
      return equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}

type RecordPart = 'query' | 'headers' | 'cookies' | 'filterState'

/** Sets a named value of a part. */
export function setting(part: RecordPart, name: string, value: string): Edit {
  return (draft) => ({ ...draft, [part]: { ...draft[part], [name]: value } })
}

/** Takes a named value of a part away. */
export function removing(part: RecordPart, name: string): Edit {
  return (draft) => {
    const { [name]: _, ...rest } = draft[part]
    return { ...draft, [part]: rest }
  }
}

/** Sets a header or a pseudo-header. */
export function settingHeader(name: string, value: string): Edit {
  switch (name.toLowerCase()) {
    case ':method':
      return (draft) => ({ ...draft, method: value })
    case ':scheme':
      return (draft) => ({ ...draft, scheme: value })
    case ':authority':
    case 'host':
      return (draft) => ({ ...draft, authority: value })
    case ':path':
      return (draft) => ({ ...draft, path: value })
    default:
      return setting('headers', name.toLowerCase(), value)
  }
}
