import type { CoverageItem, CoverageReport } from './coverage-report.ts'

/** Where something stands in the user's files. */
export interface SourcePosition {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** Tells where a route stands, or a virtual host if `route` is absent. Undefined: leave it out. */
export type PositionOf = (place: {
  readonly virtualHostIndex: number
  readonly route?: number
}) => SourcePosition | undefined

/**
 * Writes a report as an lcov trace file, which coverage tools read.
 *
 * A rule or a virtual host is a line; predicates, weights and fallthrough are branches of that line. What stands on the
 * same line adds up.
 *
 * @see https://github.com/linux-test-project/lcov/blob/v2.3/man/geninfo.1
 */
export function lcovOf(report: CoverageReport, positionOf: PositionOf): string {
  const files = new Map<string, FileLines>()
  for (const item of report.items) {
    if (item.virtualHostIndex === undefined) continue
    const { virtualHostIndex, ref } = item
    const position = positionOf(
      ref === undefined ? { virtualHostIndex } : { virtualHostIndex, route: ref.route },
    )
    if (position === undefined) continue
    const file = files.get(position.file) ?? new Map<number, LineItems>()
    files.set(position.file, file)
    const line = file.get(position.line) ?? { hits: 0, branches: [] }
    file.set(position.line, line)
    if (item.kind === 'rule' || item.kind === 'virtual-host') line.hits += item.hits
    else line.branches.push(item)
  }
  return [...files].map(([file, lines]) => section(file, lines)).join('')
}

interface LineItems {
  hits: number
  readonly branches: CoverageItem[]
}

type FileLines = Map<number, LineItems>

function section(file: string, lines: FileLines): string {
  const sorted = [...lines].sort(([a], [b]) => a - b)
  const branches = sorted.flatMap(([line, items]) =>
    items.branches.map(({ hits }, i) => ({ line, i, hits })),
  )
  return [
    'TN:',
    `SF:${file}`,
    ...branches.map(({ line, i, hits }) => `BRDA:${line},0,${i},${hits}`),
    `BRF:${branches.length}`,
    `BRH:${branches.filter(({ hits }) => hits > 0).length}`,
    ...sorted.map(([line, { hits }]) => `DA:${line},${hits}`),
    `LF:${sorted.length}`,
    `LH:${sorted.filter(([, { hits }]) => hits > 0).length}`,
    'end_of_record',
    '',
  ].join('\n')
}
