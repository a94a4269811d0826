import {
  type Boundary,
  Candidate,
  type CandidateList,
  candidateList,
  firstOf,
} from './candidate-list.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { childOf, hasLabel, PrefixTrie, type TrieNode } from './prefix-trie.ts'
import type { Subject } from './subject.ts'

/** Finds the first route of a virtual host that takes a request. */
export interface RouteIndex {
  first(subject: Subject): CompiledRoute | undefined
}

/** Indexes routes by their paths; the order of the list decides all the same. */
export function indexRoutes(routes: readonly CompiledRoute[]): RouteIndex {
  return new PathIndex(routes)
}

/**
 * Paths, prefixes and the literal beginnings of regexes and templates in a trie, in a second one those without regard to case,
 * and the rest in a list. What was found bounds what is looked at further: only what stands before it in the list of routes.
 */
class PathIndex implements RouteIndex {
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
      if (boundary === undefined && literal === '') rest.push(untested(index, route, 'any'))
      else {
        const candidate =
          boundary === undefined
            ? untested(index, route, 'any')
            : new Candidate(index, route, boundary, route.conditions)
        const entries = caseSensitive ? exact : lower
        entries.push([literal, candidate])
      }
    }
    this.#exact = trieOf(exact)
    this.#lower = trieOf(lower)
    this.#rest = rest.length === 0 ? undefined : candidateList(rest)
  }

  first(subject: Subject): CompiledRoute | undefined {
    let best: Candidate | undefined
    if (this.#rest !== undefined) best = firstOf(this.#rest, subject, 0, Number.POSITIVE_INFINITY)
    // A CONNECT without a path takes none of the routes that ask for one.
    if (subject.request.path === '') return best?.route
    if (this.#exact !== undefined) best = firstBelow(this.#exact, subject, subject.path, best)
    if (this.#lower !== undefined) best = firstBelow(this.#lower, subject, subject.lowerPath, best)
    return best?.route
  }
}

type Trie = TrieNode<CandidateList>

/** The kinds of which the trie proves all but how they end. */
const boundaries: Readonly<Record<CompiledRoute['path']['kind'], Boundary | undefined>> = {
  path: 'end',
  prefix: 'any',
  'path-separated-prefix': 'segment',
  'safe-regex': undefined,
  'uri-template': undefined,
  connect: undefined,
}

function untested(index: number, route: CompiledRoute, boundary: Boundary): Candidate {
  return new Candidate(index, route, boundary, [route.path, ...route.conditions])
}

function trieOf(entries: readonly (readonly [string, Candidate])[]): Trie | undefined {
  return new PrefixTrie(entries, candidateList).root
}

/** The first candidate that takes the request on the way down along `path`, or `before`. */
function firstBelow(
  root: Trie,
  subject: Subject,
  path: string,
  before: Candidate | undefined,
): Candidate | undefined {
  let best = before
  let node = hasLabel(root, path, 0) ? root : undefined
  while (node !== undefined) {
    const limit = best === undefined ? Number.POSITIVE_INFINITY : best.index
    if (node.least >= limit) return best
    if (node.value !== undefined) best = firstOf(node.value, subject, node.end, limit) ?? best
    node = childOf(node, path)
  }
  return best
}
