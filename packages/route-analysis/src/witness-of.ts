import { request } from '@meshwright/route-matcher'
import { RouteAnalysisError } from './errors.ts'
import type { ConfigurationSide } from './model/configuration-side.ts'
import { emptyDraft, finishDraft } from './model/request-draft.ts'
import type { RouteRef } from './route-ref.ts'
import type { State } from './search/search.ts'
import type { Witness } from './witness.ts'

/** The request that the decisions of a state make. */
export function witnessOf(state: State, random: number | undefined): Witness {
  const { hosts, form } = state.space
  const draft = emptyDraft(hosts[0]?.authority ?? '')
  if (form !== 'origin') {
    draft.path = form === 'asterisk' ? '*' : ''
    draft.method = form === 'asterisk' ? 'OPTIONS' : 'CONNECT'
  }
  const decisions = []
  for (let trace = state.trace; trace !== undefined; trace = trace.before) {
    decisions.push(trace.decision)
  }
  for (const { write } of decisions.reverse()) write?.(draft)
  return { request: finishDraft(draft), ...(random === undefined ? {} : { random }) }
}

/** Where the matcher sends a witness. */
export function placeOf(
  witness: Witness,
  { table }: ConfigurationSide,
): { readonly virtualHost: string; readonly route: number } | undefined {
  const match = table.match(request(witness.request), { random: witness.random ?? 0 })
  return match && { virtualHost: match.virtualHost.name, route: match.route.index }
}

/**
 * Asks the matcher whether a witness goes where it should.
 *
 * @throws {RouteAnalysisError} if it does not.
 */
export function verify(
  witness: Witness,
  side: ConfigurationSide,
  expected: RouteRef | undefined,
): void {
  const got = placeOf(witness, side)
  if (got?.virtualHost === expected?.virtualHost && got?.route === expected?.route) return
  throw new RouteAnalysisError(witness, show(expected), show(got))
}

function show(place: { readonly virtualHost: string; readonly route: number } | undefined): string {
  return place === undefined
    ? 'no route'
    : `route ${place.route} of virtual host ${JSON.stringify(place.virtualHost)}`
}
