import {
  compileRoutes,
  type RouteConfigurationJson,
  type RouteTable,
  request,
  type VirtualHostJson,
} from '@meshwright/route-matcher'
import fc from 'fast-check'
import { analyzeRoutes } from '../analyze-routes.ts'
import type { RouteRef } from '../route-ref.ts'
import type { Witness } from '../witness.ts'
import { type ConditionEdits, conditionEdits } from './condition-edits.ts'
import { type Draft, draftOf, type Edit, emptyDraft, finished } from './draft.ts'
import { hostEdits, pathEdits } from './place-edits.ts'

/**
 * Requests that a configuration has something to say about: made from the conditions of its routes, some kept and some
 * missed, with a draw. Some take no route.
 *
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function requestsOf(configuration: RouteConfigurationJson): fc.Arbitrary<Required<Witness>> {
  compileRoutes(configuration)
  const places = (configuration.virtualHosts ?? []).flatMap((host) => {
    const editsAt = editsOf(host)
    return (host.routes ?? []).map((_, route) => ({ editsAt, route }))
  })
  if (places.length === 0) return fc.constant(finished(emptyDraft))
  return fc
    .constantFrom(...places)
    .chain(({ editsAt, route }) => inTurn([noise(editsAt, route), mostly(editsAt(route))]))
    .map((edit) => finished(edit(emptyDraft)))
}

/**
 * Requests that take the route `ref`, and vary in what it does not ask for. Every one was tried with the matcher; what a
 * shrinker makes of them too.
 *
 * @throws {RangeError} if no such request was found, neither by trying nor by `analyzeRoutes`, as of a route that others cover.
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function requestsThatHit(
  configuration: RouteConfigurationJson,
  ref: RouteRef,
): fc.Arbitrary<Required<Witness>> {
  return hittingDrafts(hits(configuration, ref), configuration, ref).map(finished)
}

/**
 * Requests that do not take the route `ref`, but would if one thing about them were another: the host, the path, the draw,
 * or a value that one condition looks at. Every one was tried with the matcher.
 *
 * @throws {RangeError} if no such request was found, as of a route that takes everything.
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function requestsThatJustMiss(
  configuration: RouteConfigurationJson,
  ref: RouteRef,
): fc.Arbitrary<Required<Witness>> {
  const made = hits(configuration, ref)
  const hit = hittingDrafts(made, configuration, ref)
  const miss = fc.oneof(...made.edits.map((it) => it.miss))
  const missed = fc.tuple(hit, miss).map(([draft, edit]) => edit(draft))
  const misses = (draft: Draft) => !made.takes(draft)
  const found = findIn(missed, misses)
  if (found === undefined) throw notFound('misses', ref)
  return checked(missed, misses, found).map(finished)
}

/** Drafts that take a route: those that chance finds, or else what varies the request that the analysis finds. */
function hittingDrafts(
  { drafts, edits, takes }: Hits,
  configuration: RouteConfigurationJson,
  ref: RouteRef,
): fc.Arbitrary<Draft> {
  const found = findIn(drafts, takes)
  if (found !== undefined) return checked(drafts, takes, found)
  const base = witnessDraft(configuration, ref)
  if (base === undefined || !takes(base)) throw notFound('takes', ref)
  const varied = fc.oneof(...edits.map(({ fit }) => fit)).map((edit) => edit(base))
  return checked(fc.oneof(varied, drafts), takes, base)
}

function witnessDraft(configuration: RouteConfigurationJson, ref: RouteRef): Draft | undefined {
  const finding = analyzeRoutes(configuration).routes.find(
    (it) => it.ref.virtualHostIndex === ref.virtualHostIndex && it.ref.route === ref.route,
  )
  return finding?.status === 'reachable' ? draftOf(finding.witness) : undefined
}

/** How the requests of a route are made and known. */
interface Hits {
  readonly edits: readonly ConditionEdits[]
  /** Requests that often take it. */
  readonly drafts: fc.Arbitrary<Draft>
  readonly takes: (draft: Draft) => boolean
}

function hits(configuration: RouteConfigurationJson, ref: RouteRef): Hits {
  const table = compileRoutes(configuration)
  const host = configuration.virtualHosts?.[ref.virtualHostIndex]
  if (host?.routes?.[ref.route] === undefined) {
    throw new RangeError(`expected a route of the configuration, got ${nameOf(ref)}`)
  }
  const editsAt = editsOf(host)
  const edits = editsAt(ref.route)
  const fitting = inTurn(edits.map(({ fit }) => fit))
  return {
    edits,
    drafts: fc
      .tuple(noise(editsAt, ref.route), fitting)
      .map(([before, edit]) => edit(before(emptyDraft))),
    takes: (draft) => isTaken(table, host, ref, draft),
  }
}

function isTaken(table: RouteTable, host: VirtualHostJson, ref: RouteRef, draft: Draft): boolean {
  const { request: plain, random } = finished(draft)
  const match = table.match(request(plain), { random })
  return match?.route.index === ref.route && match.virtualHost.name === (host.name ?? '')
}

type EditsAt = (route: number) => readonly ConditionEdits[]

/** The host, the path, and each condition of a route; made once, for patterns take their time. */
function editsOf(host: VirtualHostJson): EditsAt {
  const place = hostEdits(host.domains ?? [])
  const made = new Map<number, readonly ConditionEdits[]>()
  return (route) => {
    const known = made.get(route)
    if (known !== undefined) return known
    const match = host.routes?.[route]?.match ?? {}
    const edits = [place, pathEdits(match), ...conditionEdits(match)]
    made.set(route, edits)
    return edits
  }
}

/** Some of what another route of the host looks at, so that a request fits or misses that one too; and any draw. */
function noise(editsAt: EditsAt, before: number): fc.Arbitrary<Edit> {
  const draw = anyDraw.map(
    (random): Edit =>
      (draft) => ({ ...draft, random }),
  )
  if (before === 0) return draw
  const other = fc.nat(before - 1).chain((route) => mostly(editsAt(route)))
  return inTurn([draw, other])
}

const anyDraw = fc.oneof(fc.nat(99), fc.nat(9_999))

/** Each edit to fit, or to miss, or not at all. */
function mostly(edits: readonly ConditionEdits[]): fc.Arbitrary<Edit> {
  const none = fc.constant((draft: Draft) => draft)
  return inTurn(
    edits.map(({ fit, miss }) =>
      fc.oneof(
        { weight: 4, arbitrary: fit },
        { weight: 1, arbitrary: miss },
        { weight: 1, arbitrary: none },
      ),
    ),
  )
}

function inTurn(edits: readonly fc.Arbitrary<Edit>[]): fc.Arbitrary<Edit> {
  return fc.tuple(...edits).map((list) => (draft) => list.reduce((made, edit) => edit(made), draft))
}

/**
 * Values that pass a test. Of three that are drawn the first that passes counts, and otherwise one that was found
 * beforehand: a filter would wait for ever where few pass.
 */
function checked<T>(
  drawn: fc.Arbitrary<T>,
  passes: (value: T) => boolean,
  found: T,
): fc.Arbitrary<T> {
  return fc.tuple(drawn, drawn, drawn).map((values) => values.find(passes) ?? found)
}

/** Looks for a value that passes; the same each time. */
function findIn<T>(drawn: fc.Arbitrary<T>, passes: (value: T) => boolean): T | undefined {
  return fc.sample(drawn, { numRuns: triesBeforehand, seed: 1 }).find(passes)
}

const triesBeforehand = 1000

function notFound(verb: string, ref: RouteRef): RangeError {
  return new RangeError(`expected a request that ${verb} ${nameOf(ref)}, found none`)
}

function nameOf({ virtualHost, route, name }: RouteRef): string {
  return `route ${route}${name === '' ? '' : ` (${name})`} of ${virtualHost}`
}
