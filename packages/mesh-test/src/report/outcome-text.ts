import type { Answer, Outcome } from '@meshwright/route-analysis'
import { isObject } from '../json.ts'

/** Where requests go, in a few words: `cluster v1`, `90 % cluster v1, 10 % cluster v2`, `404, no route`. */
export function outcomeText({ shares }: Outcome): string {
  const merged = new Map<string, number>()
  for (const { share, answer } of shares) {
    const text = answerText(answer)
    merged.set(text, (merged.get(text) ?? 0) + share)
  }
  const parts = [...merged].sort((a, b) => b[1] - a[1])
  if (parts.length === 1) return parts[0]?.[0] ?? ''
  return parts.map(([text, share]) => `${percentText(share)} ${text}`).join(', ')
}

function answerText(answer: Answer | undefined): string {
  if (answer === undefined) return '404, no route'
  const { kind, status } = answer
  if (kind === 'cluster') return `cluster ${clusterOf(answer) ?? '?'}`
  if (kind === 'redirect') return `redirect ${String(status)}${redirectText(answer)}`
  if (kind === 'direct-response') return `direct response ${String(status)}`
  return 'not forwarded'
}

function clusterOf(answer: Answer): string | undefined {
  const choices = answer['clusters']
  const [choice] = Array.isArray(choices) ? choices : [answer]
  if (!isObject(choice)) return undefined
  const { cluster, clusterHeader } = choice
  if (typeof cluster === 'string') return cluster
  return typeof clusterHeader === 'string' ? `named by header ${clusterHeader}` : undefined
}

function redirectText(answer: Answer): string {
  const { scheme, host, port, path } = answer
  const parts = [
    scheme === undefined ? '' : `${String(scheme)}://`,
    host === undefined ? '' : String(host),
    port === undefined ? '' : `:${String(port)}`,
    path === undefined ? '' : String(path),
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
