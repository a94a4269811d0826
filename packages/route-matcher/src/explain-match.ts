import type { Candidate, Explanation } from './explanation.ts'
import type { Match } from './match.ts'
import type { Subject } from './subject.ts'
import type { VirtualHostTable } from './virtual-host-table.ts'

/** Walks the routes as matching does, and notes why each was passed over. */
export function explainMatch(
  found: { readonly domain: string; readonly value: VirtualHostTable } | undefined,
  subject: Subject,
): Explanation {
  if (found === undefined) {
    const authority = JSON.stringify(subject.request.authority)
    return explanation(undefined, [], `no route: no domain fits ${authority}`)
  }
  const { domain, value: host } = found
  const virtualHost = { name: host.info.name, domain }
  const redirect = host.tlsRedirect?.(subject)
  if (redirect !== undefined) {
    return explanation(virtualHost, [], `${outcomeOf(redirect)}, because TLS is required`)
  }
  const candidates: Candidate[] = []
  for (const route of host.routes) {
    const predicates = [route.path, ...route.conditions]
    const place = predicates.findIndex((it) => !it.test(subject))
    const failed = predicates[place]
    candidates.push({
      index: route.info.index,
      name: route.info.name,
      matched: failed === undefined,
      held: failed === undefined ? predicates.length : place,
      failed:
        failed === undefined
          ? undefined
          : { predicate: failed.description, saw: failed.saw(subject) },
    })
    if (failed === undefined) {
      return explanation(virtualHost, candidates, outcomeOf(route.answer(subject)))
    }
  }
  return explanation(virtualHost, candidates, 'no route')
}

function outcomeOf(match: Match | undefined): string {
  if (match === undefined)
    return 'no route: its clusters weigh nothing, or too much, by runtime keys'
  const { action } = match
  switch (action.kind) {
    case 'cluster':
      return `cluster ${action.cluster}`
    case 'redirect':
      return `redirect ${action.status} to ${action.location}`
    case 'direct-response':
      return `direct response ${action.status}`
    case 'non-forwarding':
      return 'not forwarded'
  }
}

function explanation(
  virtualHost: Explanation['virtualHost'],
  candidates: readonly Candidate[],
  outcome: string,
): Explanation {
  const lines = [
    ...(virtualHost === undefined
      ? []
      : [`virtual host ${virtualHost.name} by domain ${virtualHost.domain}`]),
    ...candidates.map(({ index, name, failed }) => {
      const route = `route ${index}${name === '' ? '' : ` (${name})`}`
      if (failed === undefined) return `${route}: matched`
      return `${route}: expected ${failed.predicate}, saw ${failed.saw}`
    }),
    outcome,
  ]
  return { virtualHost, candidates, outcome, toString: () => lines.join('\n') }
}
