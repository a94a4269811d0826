import type { Subject } from '../request/subject.ts'
import type { CompiledRoute } from './compiled-route.ts'
import type { Candidate, Explanation } from './explanation.ts'
import type { Match } from './match.ts'
import type { VirtualHostTable } from './virtual-host-table.ts'

/** Walks the routes as matching does, and notes why each was passed over. `askedHost` is what the virtual host was chosen by. */
export function explainMatch(
  found: { readonly domain: string; readonly value: VirtualHostTable } | undefined,
  subject: Subject,
  askedHost: string | undefined,
): Explanation {
  if (found === undefined) {
    return explanation({ outcome: `no route: no domain fits ${JSON.stringify(askedHost ?? '')}` })
  }
  const { domain, value: host } = found
  const virtualHost = { name: host.info.name, domain }
  const redirect = host.tlsRedirect?.(subject)
  if (redirect !== undefined) {
    return explanation({
      virtualHost,
      outcome: `${outcomeOf(redirect)}, because TLS is required`,
    })
  }
  const matcher: string[] = []
  const candidates: Candidate[] = []
  for (const route of host.candidates(subject, matcher)) {
    const candidate = candidateOf(route, subject)
    candidates.push(candidate)
    if (candidate.matched) {
      const outcome = outcomeOf(route.answer(subject))
      return explanation({ virtualHost, matcher, candidates, outcome })
    }
  }
  return explanation({ virtualHost, matcher, candidates, outcome: 'no route' })
}

function candidateOf(route: CompiledRoute, subject: Subject): Candidate {
  const { index, name } = route.info
  const predicates = [route.path, ...route.conditions]
  const held = predicates.findIndex((it) => !it.test(subject))
  const failed = predicates[held]
  if (failed === undefined) {
    return { index, name, matched: true, held: predicates.length, failed: undefined }
  }
  const failure = { predicate: failed.description, saw: failed.saw(subject) }
  return { index, name, matched: false, held, failed: failure }
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

function explanation({
  virtualHost,
  matcher = [],
  candidates = [],
  outcome,
}: Partial<Explanation> & { readonly outcome: string }): Explanation {
  const lines = [
    ...(virtualHost === undefined
      ? []
      : [`virtual host ${virtualHost.name} by domain ${virtualHost.domain}`]),
    ...matcher,
    ...candidates.map(({ index, name, failed }) => {
      const route = `route ${index}${name === '' ? '' : ` (${name})`}`
      if (failed === undefined) return `${route}: matched`
      return `${route}: expected ${failed.predicate}, saw ${failed.saw}`
    }),
    outcome,
  ]
  return { virtualHost, matcher, candidates, outcome, toString: () => lines.join('\n') }
}
