import type { RouteRef } from '../route-ref.ts'

/**
 * What can be covered. `rule`: a route was taken. `branch`: a predicate of a route was seen to hold, or not to.
 * `weight`: a weighted cluster was chosen, or a side of a runtime fraction. `fallthrough`: no route took the request.
 * `virtual-host`: a request came to it.
 */
export type CoverageKind = 'rule' | 'branch' | 'weight' | 'fallthrough' | 'virtual-host'

/** One thing that a test suite should see happen. */
export interface CoverageItem {
  /** The same in every report of the same configuration, for example `virtualHosts[0].routes[2].match[1]=false`. */
  readonly id: string
  readonly kind: CoverageKind
  /** The route, if it belongs to one. */
  readonly ref?: RouteRef
  /** Place of the virtual host; absent for the fallthrough of requests that no domain fits. */
  readonly virtualHostIndex?: number
  /** In words. */
  readonly description: string
  /** How often it was seen. */
  readonly hits: number
}

/** How much of something was covered. */
export interface CoverageShare {
  readonly total: number
  readonly covered: number
  /** 0 to 100; 100 if there is nothing to cover. */
  readonly percent: number
}

/** What a test suite covered; plain JSON. */
export interface CoverageReport {
  /** How many requests were recorded. */
  readonly requests: number
  /** Over all kinds, each item counting once. */
  readonly overall: CoverageShare
  readonly kinds: Readonly<Record<CoverageKind, CoverageShare>>
  /** In the order of the configuration. */
  readonly items: readonly CoverageItem[]
  /** Those of {@link items} that no request hit. */
  readonly missed: readonly CoverageItem[]
}

/** Makes a report of counted items. */
export function coverageReport(requests: number, items: readonly CoverageItem[]): CoverageReport {
  const of = (kind: CoverageKind) => share(items.filter((item) => item.kind === kind))
  return {
    requests,
    overall: share(items),
    kinds: {
      rule: of('rule'),
      branch: of('branch'),
      weight: of('weight'),
      fallthrough: of('fallthrough'),
      'virtual-host': of('virtual-host'),
    },
    items,
    missed: items.filter(({ hits }) => hits === 0),
  }
}

/**
 * Adds up reports of the same configuration, for example of several test files. Without any the report is empty.
 *
 * @throws {RangeError} if they are of different configurations.
 */
export function mergeCoverage(reports: readonly CoverageReport[]): CoverageReport {
  const [first, ...others] = reports
  if (first === undefined) return coverageReport(0, [])
  const hits = first.items.map((item) => item.hits)
  for (const { items } of others) {
    if (items.length !== first.items.length) throw differs(first.items.length, items.length)
    for (const [i, item] of items.entries()) {
      const expected = first.items[i]
      if (item.id !== expected?.id || item.description !== expected.description) {
        throw differs(JSON.stringify(expected?.description), JSON.stringify(item.description))
      }
      hits[i] = (hits[i] ?? 0) + item.hits
    }
  }
  return coverageReport(
    reports.reduce((sum, { requests }) => sum + requests, 0),
    first.items.map((item, i) => ({ ...item, hits: hits[i] ?? 0 })),
  )
}

function share(items: readonly CoverageItem[]): CoverageShare {
  const covered = items.filter(({ hits }) => hits > 0).length
  const percent = items.length === 0 ? 100 : (covered * 100) / items.length
  return { total: items.length, covered, percent }
}

function differs(expected: unknown, got: unknown): RangeError {
  return new RangeError(
    `expected reports of one configuration, got items that differ: ${expected} and ${got}`,
  )
}
