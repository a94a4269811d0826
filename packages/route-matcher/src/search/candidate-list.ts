import type { Predicate } from '../predicate/predicate.ts'
import { isRunOfPath, type LiteralRun } from '../regex/literal-run.ts'
import { headerOf, headerValues, type Subject } from '../request/subject.ts'
import type { CompiledRoute } from '../table/compiled-route.ts'
import type { Match } from '../table/match.ts'

/** Where in the path a candidate's literal must end: anywhere, at the end, there or before a slash, or before a run of characters. */
export type Boundary = 'any' | 'end' | 'segment' | 'run'

/**
 * A route, its place in the list, and what is left to test of it once the index has found it. What a match needs lies in this one
 * object, what it needs first at the front: in a large table every object on the way is one more that no cache holds.
 */
export class Candidate implements CandidateList {
  readonly boundary: Boundary
  /** What the path must begin with, where no index has found that out. */
  readonly prefix: string
  /** The first, mostly the only one, of what is left to test; undefined: nothing. */
  readonly test: Predicate['test'] | undefined
  /** What else is left. */
  readonly more: readonly Predicate[] | undefined
  /** The match, if it is the same for every request. */
  readonly fixed: Match | undefined
  readonly index: number
  readonly run: LiteralRun | undefined
  /** The next of the same list, further down in the list of routes. A chain and not an array: it is read without a detour. */
  next: Candidate | undefined
  /** A candidate is the list of itself and those after it. */
  readonly chain: Candidate
  readonly splits: undefined
  readonly route: CompiledRoute
  /** All that is left to test, for whoever makes an index. */
  readonly tests: readonly Predicate[]

  constructor(
    { index, route }: { readonly index: number; readonly route: CompiledRoute },
    boundary: Boundary,
    tests: readonly Predicate[],
    prefix = '',
  ) {
    this.boundary = boundary
    this.prefix = prefix
    this.test = tests[0]?.test
    this.more = tests.length > 1 ? tests.slice(1) : undefined
    this.fixed = route.fixed
    this.index = index
    this.run = boundary === 'run' ? route.path.run : undefined
    this.next = undefined
    this.chain = this
    this.splits = undefined
    this.route = route
    this.tests = tests
  }

  /** The match of every request whose path begins with a slash, if nothing else is left to test. */
  get always(): Match | undefined {
    const asksNothing = this.boundary === 'any' && this.test === undefined
    return this.prefix === '/' && asksNothing ? this.fixed : undefined
  }

  /** The first of the chain that takes the request, for chains so short that there is no index. */
  first(subject: Subject): Candidate | undefined {
    const path = subject.pathAndMore
    for (let it: Candidate | undefined = this; it !== undefined; it = it.next) {
      const { prefix } = it
      // As `startsWith`, in half the time.
      if (path.lastIndexOf(prefix, 0) !== 0 || !endsWell(it.boundary, path, prefix.length)) continue
      if (passes(it, subject)) return it
    }
    return undefined
  }
}

/** Candidates in order: a chain of those to look at one by one, and others to be found by the value of a header. */
export interface CandidateList {
  readonly chain: Candidate | undefined
  readonly splits: readonly HeaderSplit[] | undefined
}

/** Candidates that ask for one value of a header, by that value. */
interface HeaderSplit {
  /** Lower-case. */
  readonly header: string
  /** The lowest place of all. */
  readonly least: number
  readonly byValue: ReadonlyMap<string, CandidateList>
}

/** Below this, looking at every candidate is quicker than finding out which to look at. */
const worthSplitting = 8

/** Makes a list of candidates given in order; those that ask for a value of the same header are found by it. */
export function candidateList(candidates: readonly Candidate[]): CandidateList {
  const [only] = candidates
  if (only !== undefined && candidates.length === 1) return only
  let rest = candidates
  const splits: HeaderSplit[] = []
  for (;;) {
    const header = rest.length < worthSplitting ? undefined : mostAskedHeader(rest)
    if (header === undefined) break
    const asked = rest.filter((it) => exactValue(it, header) !== undefined)
    rest = rest.filter((it) => exactValue(it, header) === undefined)
    splits.push(headerSplit(asked, header))
  }
  const chain = chainOf(rest)
  return chain !== undefined && splits.length === 0 ? chain : { chain, splits }
}

/** The place of the first candidate of a list. */
export function leastIndex({ chain, splits = [] }: CandidateList): number {
  return Math.min(chain?.index ?? Infinity, ...splits.map(({ least }) => least))
}

/**
 * The first candidate of a list that takes the request, if its place is below `limit`. `at` is how many characters of the path
 * the index has seen to be there.
 */
export function firstOf(
  list: CandidateList,
  subject: Subject,
  at: number,
  limit: number,
): Candidate | undefined {
  let best: Candidate | undefined
  for (let it = list.chain; it !== undefined && it.index < limit; it = it.next) {
    const ends =
      it.run === undefined
        ? endsWell(it.boundary, subject.pathAndMore, at)
        : endsInRun(it, it.run, subject, at)
    if (ends && passes(it, subject)) {
      best = it
      break
    }
  }
  if (list.splits === undefined) return best
  for (const split of list.splits) {
    best = firstOfSplit(split, subject, at, best?.index ?? limit) ?? best
  }
  return best
}

function firstOfSplit(
  { header, least, byValue }: HeaderSplit,
  subject: Subject,
  at: number,
  limit: number,
): Candidate | undefined {
  if (least >= limit) return undefined
  const joined = headerOf(subject.request, header)
  if (joined === undefined) return undefined
  // Only what holds a comma can have been joined.
  if (!joined.includes(',')) {
    const list = byValue.get(joined)
    return list === undefined ? undefined : firstOf(list, subject, at, limit)
  }
  let best: Candidate | undefined
  for (const value of headerValues(subject.request, header)) {
    const list = byValue.get(value)
    if (list !== undefined) best = firstOf(list, subject, at, best?.index ?? limit) ?? best
  }
  return best
}

/** Whether a literal that ends `at` ends where it must; the path ends at its query or fragment, if it has one. */
function endsWell(boundary: Boundary, path: string, at: number): boolean {
  if (boundary === 'any' || path.length === at) return true
  const next = path.charCodeAt(at)
  if (next === slash) return boundary === 'segment'
  return next === questionMark || next === hash
}

/** Beyond ASCII the pattern itself decides. */
function endsInRun({ route }: Candidate, run: LiteralRun, subject: Subject, at: number): boolean {
  return isRunOfPath(run, subject.pathAndMore, at) ?? route.path.test(subject)
}

const slash = 0x2f
const questionMark = 0x3f
const hash = 0x23

function passes({ test, more }: Candidate, subject: Subject): boolean {
  if (test === undefined) return true
  return test(subject) && (more === undefined || more.every((it) => it.test(subject)))
}

/** The header that most candidates ask an exact value of, if it is enough of them. */
function mostAskedHeader(candidates: readonly Candidate[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { tests } of candidates) {
    for (const name of new Set(tests.flatMap(({ exactHeader }) => exactHeader?.name ?? []))) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  let most: string | undefined
  let count = worthSplitting - 1
  for (const [name, times] of counts) {
    if (times <= count) continue
    most = name
    count = times
  }
  return most
}

function headerSplit(candidates: readonly Candidate[], header: string): HeaderSplit {
  const byValue = new Map<string, Candidate[]>()
  for (const it of candidates) {
    const value = exactValue(it, header) ?? ''
    const proven = it.tests.filter((test) => !asksFor(test, header, value))
    const left = new Candidate(it, it.boundary, proven)
    const list = byValue.get(value)
    if (list === undefined) byValue.set(value, [left])
    else list.push(left)
  }
  return {
    header,
    least: candidates[0]?.index ?? 0,
    byValue: new Map([...byValue].map(([value, list]) => [value, candidateList(list)])),
  }
}

function asksFor({ exactHeader }: Predicate, name: string, value: string): boolean {
  return exactHeader?.name === name && exactHeader.value === value
}

function exactValue({ tests }: Candidate, header: string): string | undefined {
  return tests.find(({ exactHeader }) => exactHeader?.name === header)?.exactHeader?.value
}

/** Links candidates in order; gives the first. */
export function chainOf(candidates: readonly Candidate[]): Candidate | undefined {
  let next: Candidate | undefined
  for (const it of candidates.toReversed()) {
    it.next = next
    next = it
  }
  return next
}
