import type { Subject } from '../request/subject.ts'
import type { CompiledRoute } from '../table/compiled-route.ts'
import type { Match } from '../table/match.ts'
import {
  type Boundary,
  Candidate,
  type CandidateList,
  candidateList,
  chainOf,
  firstOf,
  leastIndex,
} from './candidate-list.ts'
import { nowhere, PrefixTrie } from './prefix-trie.ts'

/** Finds the first route of a virtual host that takes a request. */
export interface RouteIndex {
  /** The match of every request whose path begins with a slash, if nothing else is asked of them. */
  readonly always: Match | undefined
  first(subject: Subject): TakenRoute | undefined
}

/** A route that takes a request. */
interface TakenRoute {
  readonly route: CompiledRoute
  /** The match, if it is the same for every request. */
  readonly fixed: Match | undefined
}

/** Indexes routes by their paths; the order of the list decides all the same. */
export function indexRoutes(routes: readonly CompiledRoute[]): RouteIndex {
  return routes.length > few ? new PathIndex(routes) : (shortList(routes) ?? nothing)
}

/** Up to here, walking the list is quicker than a trie. */
const few = 3

const nothing: RouteIndex = { always: undefined, first: () => undefined }

function shortList(routes: readonly CompiledRoute[]): Candidate | undefined {
  return chainOf(
    routes.map((route, index) => {
      const { literal, caseSensitive } = route.path
      const boundary = boundaryOf(route)
      // An empty literal takes any path that is there, which a CONNECT has not: that is left to the whole test.
      if (boundary === undefined || literal === '' || !caseSensitive) {
        return untested({ index, route })
      }
      return new Candidate({ index, route }, boundary, route.conditions, literal)
    }),
  )
}

/**
 * Paths, prefixes and the literal beginnings of regexes and templates in a trie, in a second one those without regard to case,
 * and the rest in a list. What was found bounds what is looked at further: only what stands before it in the list of routes.
 */
class PathIndex implements RouteIndex {
  readonly always = undefined
  readonly #exact: Trie | undefined
  readonly #lower: Trie | undefined
  readonly #rest: CandidateList | undefined

  constructor(routes: readonly CompiledRoute[]) {
    const exact: (readonly [string, Candidate])[] = []
    const lower: (readonly [string, Candidate])[] = []
    const rest: Candidate[] = []
    routes.forEach((route, index) => {
      const { literal, caseSensitive } = route.path
      const boundary = boundaryOf(route)
      if (boundary === undefined && literal === '') rest.push(untested({ index, route }))
      else {
        const candidate =
          boundary === undefined
            ? beginning({ index, route })
            : new Candidate({ index, route }, boundary, route.conditions)
        const entries = caseSensitive ? exact : lower
        entries.push([literal, candidate])
      }
    })
    this.#exact = trieOf(exact)
    this.#lower = trieOf(lower)
    this.#rest = rest.length === 0 ? undefined : candidateList(rest)
  }

  first(subject: Subject): TakenRoute | undefined {
    const text = subject.pathAndMore
    const best = this.#rest === undefined ? undefined : firstOf(this.#rest, subject, 0, last)
    // A CONNECT without a path takes none of the routes that ask for one.
    if (subject.request.path === '') return best
    const exact = this.#exact === undefined ? best : firstAlong(this.#exact, text, subject, best)
    if (this.#lower === undefined) return exact
    return firstAlong(this.#lower, subject.lowerPath, subject, exact)
  }
}

/** The first candidate along a text that takes the request and stands before the best so far; else that one. */
function firstAlong(
  trie: Trie,
  text: string,
  subject: Subject,
  before: Candidate | undefined,
): Candidate | undefined {
  let best = before
  let limit = best === undefined ? last : best.index
  for (let at = trie.longest(text); at !== nowhere; at = trie.shorter(at, limit)) {
    const better = firstOf(trie.valueAt(at), subject, trie.lengthAt(at), limit)
    if (better === undefined) continue
    best = better
    limit = better.index
  }
  return best
}

/** Behind every place in a list of routes. */
const last: number = Number.MAX_SAFE_INTEGER

type Trie = PrefixTrie<Candidate, CandidateList>

/** The kinds of which the trie proves all but how they end. */
const boundaries: Readonly<Record<CompiledRoute['path']['kind'], Boundary | undefined>> = {
  path: 'end',
  prefix: 'any',
  'path-separated-prefix': 'segment',
  'safe-regex': undefined,
  'uri-template': undefined,
  connect: undefined,
}

/** Undefined: the whole path is left to test. So it is with what no path without its query can begin with. */
function boundaryOf({ path }: CompiledRoute): Boundary | undefined {
  return /[?#]/.test(path.literal) ? undefined : boundaries[path.kind]
}

function untested(place: { readonly index: number; readonly route: CompiledRoute }): Candidate {
  return new Candidate(place, 'any', [place.route.path, ...place.route.conditions])
}

/** One whose path is known to begin with the literal; one that no path has is left to the whole test. */
function beginning(place: { readonly index: number; readonly route: CompiledRoute }): Candidate {
  const { path, conditions } = place.route
  return path.run === undefined || /[?#]/.test(path.literal)
    ? untested(place)
    : new Candidate(place, 'run', conditions)
}

function trieOf(entries: readonly (readonly [string, Candidate])[]): Trie | undefined {
  return entries.length === 0 ? undefined : new PrefixTrie(entries, candidateList, leastIndex)
}
