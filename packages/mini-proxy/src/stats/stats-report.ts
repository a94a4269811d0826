import type { LogLinearHistogram } from './log-linear-histogram.ts'
import type { StatTag } from './stat-tags.ts'
import type { Stat } from './stats-store.ts'

/** `/stats`: a line per counter and gauge, then one per histogram. */
export function statsText(stats: readonly Stat[]): string {
  const lines: string[] = []
  for (const { name, instrument } of stats) {
    if (instrument.kind !== 'histogram') lines.push(`${name}: ${instrument.value}`)
  }
  for (const { name, instrument } of stats) {
    if (instrument.kind === 'histogram') lines.push(`${name}: ${quantilesText(instrument)}`)
  }
  return lines.map((it) => `${it}\n`).join('')
}

/** `/stats?format=json`. */
export function statsJson(stats: readonly Stat[]): object {
  const values: object[] = []
  const histograms: object[] = []
  for (const { name, instrument } of stats) {
    if (instrument.kind === 'histogram') {
      histograms.push({ name, values: quantileValues(instrument.histogram) })
    } else {
      values.push({ name, value: instrument.value })
    }
  }
  if (histograms.length === 0) return { stats: values }
  const supported = quantiles.map((q) => q * 100)
  const computed = {
    histograms: { supported_quantiles: supported, computed_quantiles: histograms },
  }
  return { stats: [...values, computed] }
}

/** `/stats/prometheus`: the text format 0.0.4, a metric's lines together. */
export function statsPrometheus(stats: readonly Stat[]): string {
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>()
  for (const { baseName, tags, instrument } of stats) {
    const name = `envoy_${baseName.replace(/[^A-Za-z0-9_]/g, '_')}`
    const family = families.get(name) ?? { type: instrument.kind, lines: [] }
    families.set(name, family)
    if (instrument.kind === 'histogram') {
      family.lines.push(...histogramLines(name, tags, instrument.histogram))
    } else {
      family.lines.push(`${name}${labels(tags)} ${instrument.value}`)
    }
  }
  return [...families]
    .map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`)
    .join('')
}

const quantiles = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1]

/** Envoy's default buckets; milliseconds for times. */
const buckets = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
  1_800_000, 3_600_000,
]

function quantilesText({ histogram }: { readonly histogram: LogLinearHistogram }): string {
  if (histogram.count === 0) return 'No recorded values'
  return quantiles
    .map((q) => `P${shortNumber(q * 100)}(nan,${shortNumber(histogram.quantile(q))})`)
    .join(' ')
}

function quantileValues(histogram: LogLinearHistogram): object[] {
  return quantiles.map((q) => ({
    interval: null,
    cumulative: histogram.count === 0 ? null : histogram.quantile(q),
  }))
}

function histogramLines(
  name: string,
  tags: readonly StatTag[],
  histogram: LogLinearHistogram,
): string[] {
  const bucket = (le: string, count: number): string =>
    `${name}_bucket${labels([...tags, { name: 'le', value: le }])} ${count}`
  return [
    ...buckets.map((bound) => bucket(String(bound), histogram.countUpTo(bound))),
    bucket('+Inf', histogram.count),
    `${name}_sum${labels(tags)} ${histogram.sum}`,
    `${name}_count${labels(tags)} ${histogram.count}`,
  ]
}

function labels(tags: readonly StatTag[]): string {
  if (tags.length === 0) return '{}'
  return `{${tags.map((it) => `${it.name}="${escapeLabel(it.value)}"`).join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)))
}
