import type { Outcome } from '@meshwright/route-analysis'
import type { RouteAnswer } from '@meshwright/route-matcher'
import { isObject } from '../json.ts'

/** Where requests go, in a few words: `cluster v1`, `90 % cluster v1, 10 % cluster v2`, `404, no route`. */
export function outcomeText({ shares }: Outcome): string {
  const merged = new Map<string, number>()
  for (const { share, answer } of shares) {
    const text = answerText(answer)
    merged.set(text, (merged.get(text) ?? 0) + share)
  }
  const parts = [...merged]
  if (parts.length === 1) return parts[0]?.[0] ?? ''
  return parts.map(([text, share]) => `${percentText(share)} ${text}`).join(', ')
}

function answerText(answer: RouteAnswer | undefined): string {
  switch (answer?.kind) {
    case undefined:
      return '404, no route'
    case 'cluster':
      return clustersText(answer)
    case 'redirect':
      return `redirect ${answer.status}${redirectText(answer)}`
    case 'direct-response':
      return `direct response ${answer.status}`
    case 'non-forwarding':
      return 'not forwarded'
  }
}

function clustersText({ clusters, totalWeight }: ClusterAnswer): string {
  const texts = clusters.map(({ cluster, clusterHeader = '', weight }) => {
    const name = cluster ?? `named by header ${clusterHeader}`
    const share = clusters.length === 1 ? '' : `${percentText(weight / totalWeight)} `
    return `${share}cluster ${name}`
  })
  return texts.join(', ')
}

type ClusterAnswer = Extract<RouteAnswer, { kind: 'cluster' }>
type RedirectAnswer = Extract<RouteAnswer, { kind: 'redirect' }>

function redirectText({ scheme, host, port, path }: RedirectAnswer): string {
  const parts = [
    scheme === undefined ? '' : `${scheme}://`,
    host ?? '',
    port === undefined ? '' : `:${port}`,
    path ?? '',
  ].join('')
  return parts === '' ? '' : ` to ${parts}`
}

function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`
}

/** The most differences that are told of one class. */
const maxChanges = 12

/** What of the answers differs beside where requests go, one line each: `timeoutMs: 15000 → 5000`. */
export function outcomeChanges(before: Outcome, after: Outcome): readonly string[] {
  const old = before.shares.map(({ answer }) => answer)
  const changes = after.shares.flatMap(({ answer }, index) => differences(old[index], answer, ''))
  const distinct = [...new Set(changes)]
  const rest = distinct.length - maxChanges
  return rest <= 0 ? distinct : [...distinct.slice(0, maxChanges), `and ${rest} more`]
}

function differences(before: unknown, after: unknown, path: string): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) =>
      differences(before[name], after[name], path === '' ? name : `${path}.${name}`),
    )
  }
  if (path === '') return []
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => differences(item, after[index], `${path}[${index}]`))
  }
  return [`${path}: ${shown(before)} → ${shown(after)}`]
}

/** Longer values are cut. */
const maxShown = 120

function shown(value: unknown): string {
  if (value === undefined) return 'none'
  const text = JSON.stringify(value)
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}
