import type { CompiledRoute } from './compiled-route.ts'
import type { Predicate } from './predicate.ts'
import { headerValues, type Subject } from './subject.ts'

/** A route and its place in the virtual host. */
export interface Candidate {
  readonly index: number
  readonly route: CompiledRoute
}

/** Below this, looking at every route is quicker than finding out which to look at. */
const worthSplitting = 8

/** Routes that a request of some path may take, in order; split by the value of one header if many of them ask for one. */
export class CandidateList {
  readonly #rest: readonly Candidate[]
  readonly #header: string
  readonly #byValue: ReadonlyMap<string, readonly Candidate[]> | undefined

  constructor(candidates: readonly Candidate[]) {
    const header = candidates.length < worthSplitting ? undefined : mostAskedHeader(candidates)
    this.#header = header ?? ''
    if (header === undefined) {
      this.#rest = candidates
      this.#byValue = undefined
      return
    }
    const { rest, byValue } = splitByHeader(candidates, header)
    this.#rest = rest
    this.#byValue = byValue
  }

  /** The first route that takes the request, if its place is below `limit`. */
  first(subject: Subject, limit: number): Candidate | undefined {
    const inRest = firstOf(this.#rest, subject, limit)
    if (this.#byValue === undefined) return inRest
    let best = inRest
    for (const value of headerValues(subject.request, this.#header)) {
      const asked = this.#byValue.get(value)
      if (asked !== undefined) best = firstOf(asked, subject, best?.index ?? limit) ?? best
    }
    return best
  }
}

/** Whether every predicate of a route holds. */
export function passes({ path, conditions }: CompiledRoute, subject: Subject): boolean {
  if (!path.test(subject)) return false
  for (const condition of conditions) if (!condition.test(subject)) return false
  return true
}

function firstOf(
  candidates: readonly Candidate[],
  subject: Subject,
  limit: number,
): Candidate | undefined {
  for (const candidate of candidates) {
    if (candidate.index >= limit) return undefined
    if (passes(candidate.route, subject)) return candidate
  }
  return undefined
}

/** The header that most routes ask an exact value of, if it is enough of them. */
function mostAskedHeader(candidates: readonly Candidate[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { route } of candidates) {
    for (const name of new Set(
      route.conditions.flatMap(({ exactHeader }) => exactHeader?.name ?? []),
    )) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  return most !== undefined && most[1] >= worthSplitting ? most[0] : undefined
}

function splitByHeader(
  candidates: readonly Candidate[],
  header: string,
): { rest: Candidate[]; byValue: Map<string, Candidate[]> } {
  const rest: Candidate[] = []
  const byValue = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const asked = (it: Predicate): boolean => it.exactHeader?.name === header
    const value = candidate.route.conditions.find(asked)?.exactHeader?.value
    if (value === undefined) {
      rest.push(candidate)
      continue
    }
    const list = byValue.get(value)
    if (list === undefined) byValue.set(value, [candidate])
    else list.push(candidate)
  }
  return { rest, byValue }
}
