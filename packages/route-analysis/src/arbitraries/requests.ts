import {
  compileRoutes,
  type RouteConfigurationJson,
  type RouteTable,
  request,
  type VirtualHostJson,
} from '@meshwright/route-matcher'
import fc from 'fast-check'
import type { RouteRef } from '../route-ref.ts'
import type { Witness } from '../witness.ts'
import { type ConditionEdits, conditionEdits } from './condition-edits.ts'
import { type Draft, type Edit, emptyDraft, finished } from './draft.ts'
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
 * @throws {RangeError} if no such request was found, as of a route that others cover.
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function requestsThatHit(
  configuration: RouteConfigurationJson,
  ref: RouteRef,
): fc.Arbitrary<Required<Witness>> {
  const { drafts, takes } = hits(configuration, ref)
  return checked(drafts, takes, `request that takes ${nameOf(ref)}`).map(finished)
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
  const { drafts, takes, edits } = hits(configuration, ref)
  const hit = checked(drafts, takes, `request that takes ${nameOf(ref)}`)
  const miss = fc.oneof(...edits.map((it) => it.miss))
  const missed = fc.tuple(hit, miss).map(([draft, edit]) => edit(draft))
  return checked(missed, (draft) => !takes(draft), `request that misses ${nameOf(ref)}`).map(
    finished,
  )
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
  what: string,
): fc.Arbitrary<T> {
  const found = fc.sample(drawn, { numRuns: triesBeforehand, seed: 1 }).find(passes)
  if (found === undefined) {
    throw new RangeError(`expected a ${what}, found none in ${triesBeforehand} tries`)
  }
  return fc.tuple(drawn, drawn, drawn).map((values) => values.find(passes) ?? found)
}

const triesBeforehand = 2000

function nameOf({ virtualHost, route, name }: RouteRef): string {
  return `route ${route}${name === '' ? '' : ` (${name})`} of ${virtualHost}`
}
