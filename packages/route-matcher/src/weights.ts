import type { WeightedClusterJson } from './config.ts'
import { type Findings, fault } from './findings.ts'
import type { Subject } from './subject.ts'

/** Chooses the place of a cluster in the list by the request's draw. */
export type ChooseWeighted = (subject: Subject) => number

const maxTotal = 0xffff_ffff

/** Compiles the weights: each cluster owns as many of the draws as it weighs. */
export function compileWeights(
  weighted: WeightedClusterJson,
  path: string,
  findings: Findings,
): ChooseWeighted {
  const ends: number[] = []
  let total = 0
  for (const { weight = 0 } of weighted.clusters ?? []) {
    total += weight
    ends.push(total)
  }
  if (total === 0) {
    fault(findings, `${path}.clusters`, 'expected weights that sum to more than 0, got 0')
  } else if (total > maxTotal) {
    fault(
      findings,
      `${path}.clusters`,
      `expected weights that sum to at most ${maxTotal}, got ${total}`,
    )
  }
  const header = (weighted.headerName ?? '').toLowerCase()
  return (subject) => {
    const named = header === '' ? undefined : fromHeader(subject.header(header), total)
    const value = named ?? subject.random % total
    return ends.findIndex((end) => value < end)
  }
}

/** A header that is an unsigned 64-bit integer replaces the draw. */
function fromHeader(text: string | undefined, total: number): number | undefined {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined
  return Number(BigInt(text) % BigInt(total))
}
