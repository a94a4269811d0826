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
} from './candidate-list.ts'
import { PrefixTrie, type TrieVisitor } from './prefix-trie.ts'

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
      const { kind, literal, caseSensitive } = route.path
      const boundary = boundaries[kind]
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
    for (const [index, route] of routes.entries()) {
      const { kind, literal, caseSensitive } = route.path
      const boundary = boundaries[kind]
      if (boundary === undefined && literal === '') rest.push(untested({ index, route }))
      else {
        const candidate =
          boundary === undefined
            ? untested({ index, route })
            : new Candidate({ index, route }, boundary, route.conditions)
        const entries = caseSensitive ? exact : lower
        entries.push([literal, candidate])
      }
    }
    this.#exact = trieOf(exact)
    this.#lower = trieOf(lower)
    this.#rest = rest.length === 0 ? undefined : candidateList(rest)
  }

  first(subject: Subject): TakenRoute | undefined {
    const best = new BestCandidate(subject)
    if (this.#rest !== undefined) best.visit(this.#rest, 0)
    // A CONNECT without a path takes none of the routes that ask for one.
    if (subject.request.path === '') return best.found
    this.#exact?.search(subject.path, best)
    this.#lower?.search(subject.lowerPath, best)
    return best.found
  }
}

/** The first candidate that took the request so far. */
class BestCandidate implements TrieVisitor<CandidateList> {
  found: Candidate | undefined = undefined
  /** Only what stands before it in the list of routes can be better. */
  #limit: number = Number.MAX_SAFE_INTEGER
  readonly #subject: Subject

  constructor(subject: Subject) {
    this.#subject = subject
  }

  visit(list: CandidateList, length: number): void {
    const better = firstOf(list, this.#subject, length, this.#limit)
    if (better === undefined) return
    this.found = better
    this.#limit = better.index
  }
}

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

function untested(place: { readonly index: number; readonly route: CompiledRoute }): Candidate {
  return new Candidate(place, 'any', [place.route.path, ...place.route.conditions])
}

function trieOf(entries: readonly (readonly [string, Candidate])[]): Trie | undefined {
  return entries.length === 0 ? undefined : new PrefixTrie(entries, candidateList)
}
