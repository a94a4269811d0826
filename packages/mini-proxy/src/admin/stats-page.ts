import { RE2JS } from 're2js'
import { statsJson, statsPrometheus, statsText } from '../stats/stats-report.ts'
import type { Stat } from '../stats/stats-store.ts'
import { type AdminPage, jsonPage, textPage } from './admin-page.ts'

/** `/stats`: `filter` (a regular expression), `usedonly`, `format=json|prometheus|text`, `type=Counters|Gauges|Histograms`. */
export function statsPage(stats: readonly Stat[], query: URLSearchParams): AdminPage {
  const chosen = chooseStats(stats, query)
  if (typeof chosen === 'string') return textPage(`${chosen}\n`, 400)
  if (query.get('format') === 'json') return jsonPage(statsJson(chosen))
  if (query.get('format') === 'prometheus') return prometheusPage(chosen)
  return textPage(statsText(chosen))
}

/** `/stats/prometheus`, with the same filters. */
export function prometheusStatsPage(stats: readonly Stat[], query: URLSearchParams): AdminPage {
  const chosen = chooseStats(stats, query)
  return typeof chosen === 'string' ? textPage(`${chosen}\n`, 400) : prometheusPage(chosen)
}

function prometheusPage(stats: readonly Stat[]): AdminPage {
  return {
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=UTF-8',
    body: statsPrometheus(stats),
  }
}

const kindsByType: Readonly<Record<string, string | undefined>> = {
  Counters: 'counter',
  Gauges: 'gauge',
  Histograms: 'histogram',
}

/** The chosen ones, or what is wrong with the choice. */
function chooseStats(stats: readonly Stat[], query: URLSearchParams): readonly Stat[] | string {
  const filter = tryCompile(query.get('filter') ?? '')
  if (filter === undefined) return 'Invalid regex'
  const usedOnly = query.has('usedonly')
  const kind = kindsByType[query.get('type') ?? '']
  return stats.filter(
    ({ name, instrument }) =>
      filter.test(name) &&
      (!usedOnly || instrument.used) &&
      (kind === undefined || kind === instrument.kind),
  )
}

/** RE2, as in Envoy: no expression makes the proxy stand still. */
function tryCompile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern)
  } catch {
    // Not an expression: the caller answers 400.
    return undefined
  }
}
