import { median } from './median.ts'
import { cost, costRatio, type LoadResult, type Samples } from './proxy-rounds.ts'

/** What a load generator tells of itself. */
export interface Report extends LoadResult {
  readonly perSecond: number
  /** What was not answered as it should be. */
  readonly errors: number
  /** Microseconds. */
  readonly p50?: number
  readonly p99?: number
}

/** What was measured of one proxy under one load: medians over the rounds. */
export interface CostRow {
  readonly load: string
  readonly name: string
  /** CPU time of the proxy for each request. */
  readonly cpuMicroseconds: number
  readonly cpuToNginx: number
  readonly cpuToHaproxy: number
  readonly cpuToEnvoy: number
  readonly perSecond: number
  readonly p50?: number
  readonly p99?: number
  /** Of all rounds together. */
  readonly requests: number
  readonly errors: number
}

/** A row for each proxy. */
export function costRows(load: string, samples: Samples<Report>): CostRow[] {
  return [...samples].map(([name, all]) => {
    const total = (of: (it: Report) => number): number => all.reduce((sum, it) => sum + of(it), 0)
    const time = (of: (it: Report) => number | undefined): number =>
      median(all.map((it) => of(it) ?? Number.NaN))
    const [p50, p99] = [time((it) => it.p50), time((it) => it.p99)]
    return {
      load,
      name,
      cpuMicroseconds: cost(samples, name),
      cpuToNginx: costRatio(samples, name, 'nginx'),
      cpuToHaproxy: costRatio(samples, name, 'haproxy'),
      cpuToEnvoy: costRatio(samples, name, 'envoy'),
      perSecond: median(all.map((it) => it.perSecond)),
      ...(Number.isNaN(p50) ? {} : { p50, p99 }),
      requests: total((it) => it.requests),
      errors: total((it) => it.errors),
    }
  })
}

/** The row of a proxy. @throws if there is none. */
export function rowOf(rows: readonly CostRow[], load: string, name: string): CostRow {
  const found = rows.find((it) => it.load === load && it.name === name)
  if (found === undefined) throw new Error(`${name} was not measured under ${load}`)
  return found
}

/**
 * What is measured counts only if every request was answered as it should be.
 *
 * @throws if a proxy answered none, or one of them otherwise.
 */
export function requireAnswers(rows: readonly CostRow[]): void {
  const failures = rows
    .filter((it) => it.errors > 0 || it.requests === 0)
    .map(
      ({ name, load, errors, requests }) => `${name}, ${load}: ${errors} in ${requests} requests`,
    )
  if (failures.length > 0) throw new Error(`expected no errors, got\n${failures.join('\n')}`)
}

/** The rows as a table in Markdown. */
export function costTable(rows: readonly CostRow[]): string {
  const head = [
    ...['load', 'proxy', 'CPU µs/request', 'to nginx', 'to haproxy', 'to Envoy'],
    ...['requests/s', 'p50 µs', 'p99 µs', 'errors'],
  ]
  const body = rows.map((it) => [
    it.load,
    it.name,
    it.cpuMicroseconds.toFixed(1),
    it.cpuToNginx.toFixed(2),
    it.cpuToHaproxy.toFixed(2),
    it.cpuToEnvoy.toFixed(2),
    it.perSecond.toFixed(0),
    it.p50?.toFixed(0) ?? '–',
    it.p99?.toFixed(0) ?? '–',
    String(it.errors),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = line(head.map((_, i) => (i < 2 ? '---' : '--:')))
  return [line(head), rule, ...body.map(line)].join('\n')
}
