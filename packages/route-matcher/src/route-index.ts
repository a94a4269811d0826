import { type Candidate, CandidateList, passes } from './candidate-list.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { PrefixTrie } from './prefix-trie.ts'
import type { Subject } from './subject.ts'

/** Finds the first route of a virtual host that takes a request. */
export interface RouteIndex {
  first(subject: Subject): CompiledRoute | undefined
}

/** Up to here, walking the list is quicker than any index. */
const worthIndexing = 12

/** Indexes routes by their paths; the order of the list decides all the same. */
export function indexRoutes(routes: readonly CompiledRoute[]): RouteIndex {
  if (routes.length > worthIndexing) return new PathIndex(routes)
  return { first: (subject) => routes.find((route) => passes(route, subject)) }
}

/**
 * Exact paths in a map, prefixes and the literal beginnings of regexes in a trie, both once more in lower case, and the rest
 * in a list. Each of these lists is in order, so that it is done at its first hit, or where another list's hit comes before.
 */
class PathIndex implements RouteIndex {
  readonly #exact = new PathLists()
  readonly #lower = new PathLists()
  readonly #rest: CandidateList

  constructor(routes: readonly CompiledRoute[]) {
    const rest: Candidate[] = []
    for (const [index, route] of routes.entries()) {
      const { kind, literal, caseSensitive } = route.path
      const lists = caseSensitive ? this.#exact : this.#lower
      if (kind === 'path') lists.addExact(literal, { index, route })
      else if (literal !== '') lists.addPrefix(literal, { index, route })
      else rest.push({ index, route })
    }
    this.#exact.seal()
    this.#lower.seal()
    this.#rest = new CandidateList(rest)
  }

  first(subject: Subject): CompiledRoute | undefined {
    let best = this.#rest.first(subject, Number.POSITIVE_INFINITY)
    best = this.#exact.first(subject, subject.path, best)
    if (!this.#lower.empty) best = this.#lower.first(subject, subject.lowerPath, best)
    return best?.route
  }
}

/** The lists of one letter case. */
class PathLists {
  readonly #exact = new Map<string, Candidate[]>()
  readonly #prefixes = new PrefixTrie<Candidate>()
  readonly #sealedExact = new Map<string, CandidateList>()
  readonly #sealed = new Map<Candidate[], CandidateList>()
  empty = true

  addExact(path: string, candidate: Candidate): void {
    this.empty = false
    const list = this.#exact.get(path)
    if (list === undefined) this.#exact.set(path, [candidate])
    else list.push(candidate)
  }

  addPrefix(prefix: string, candidate: Candidate): void {
    this.empty = false
    this.#prefixes.add(prefix, candidate)
  }

  seal(): void {
    for (const [path, list] of this.#exact) this.#sealedExact.set(path, new CandidateList(list))
    this.#prefixes.visitAll((list) => this.#sealed.set(list, new CandidateList(list)))
  }

  first(subject: Subject, path: string, before: Candidate | undefined): Candidate | undefined {
    let best = before
    const consider = (list: CandidateList | undefined): void => {
      best = list?.first(subject, best?.index ?? Number.POSITIVE_INFINITY) ?? best
    }
    consider(this.#sealedExact.get(path))
    this.#prefixes.visit(path, (list) => consider(this.#sealed.get(list)))
    return best
  }
}
