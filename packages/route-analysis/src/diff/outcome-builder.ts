import type { RouteAnswer } from '@meshwright/route-matcher'
import type { Outcome, OutcomeShare } from '../outcome.ts'
import type { RouteRef } from '../route-ref.ts'
import { canonicalJson } from './canonical-json.ts'
import { addShares, type Fraction, shareKey, shareOf } from './shares.ts'

/** An outcome, and a key that outcomes share which treat a request alike. */
export interface KeyedOutcome {
  readonly key: string
  readonly outcome: Outcome
}

type Ranges = readonly (readonly [from: number, to: number])[]

interface Part {
  readonly key: string
  share: Fraction
  readonly answer: RouteAnswer | undefined
  readonly ref: RouteRef | undefined
}

/** Puts together what the draws of one request lead to. */
export class OutcomeBuilder {
  readonly #parts = new Map<string, Part>()
  readonly #period: number

  constructor(period: number) {
    this.#period = period
  }

  /** Draws modulo the period lead to an answer; its weights divide them further. */
  add(ranges: Ranges, answer: RouteAnswer | undefined, ref: RouteRef | undefined): void {
    if (answer?.kind !== 'cluster' || answer.drawFrom !== undefined) {
      this.#add({ low: 0, high: 1, total: 1 }, ranges, answer, ref)
      return
    }
    const { clusters, totalWeight: total } = answer
    if (clusters.length === 1) {
      this.#add({ low: 0, high: 1, total: 1 }, ranges, single(answer, 0), ref)
      return
    }
    let low = 0
    for (const [index, { weight }] of clusters.entries()) {
      if (weight > 0)
        this.#add({ low, high: low + weight, total }, ranges, single(answer, index), ref)
      low += weight
    }
  }

  build(): KeyedOutcome {
    const parts = [...this.#parts.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    const shares: OutcomeShare[] = parts.map(({ share, answer, ref }) => ({
      share: Number((share.numerator * scale) / share.denominator) / Number(scale),
      answer,
      ref,
    }))
    const key = parts.map((part) => `${shareKey(part.share)} ${part.key}`).join('\n')
    return { key, outcome: { shares } }
  }

  #add(
    weight: { readonly low: number; readonly high: number; readonly total: number },
    ranges: Ranges,
    answer: RouteAnswer | undefined,
    ref: RouteRef | undefined,
  ): void {
    const share = shareOf(ranges, this.#period, weight)
    if (share.numerator === 0n) return
    const key = answer === undefined ? '' : canonicalJson(answer)
    const part = this.#parts.get(key)
    if (part === undefined) this.#parts.set(key, { key, share, answer, ref })
    else part.share = addShares(part.share, share)
  }
}

/** Fifteen digits of a share are shown. */
const scale = 10n ** 15n

function single(answer: RouteAnswer & { readonly kind: 'cluster' }, index: number): RouteAnswer {
  const chosen = answer.clusters[index]
  return chosen === undefined
    ? answer
    : { ...answer, clusters: [{ ...chosen, weight: 1 }], totalWeight: 1 }
}
