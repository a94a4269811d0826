import type { LoadReport } from '@meshwright/lb-algorithms'
import { XdsTypesError } from '@meshwright/xds-types'
import { OrcaLoadReport, type OrcaLoadReportJson } from '@meshwright/xds-types/xds/data/orca/v3'
import type { HeaderList } from '../http/header-list.ts'

/**
 * What the head of an answer says of its host's load, in one of the forms of ORCA: `endpoint-load-metrics` with `TEXT`, `JSON`
 * or `BIN` before it, or `endpoint-load-metrics-bin`. Undefined if it says nothing, or nothing that can be read.
 */
export function loadReportOf(headers: HeaderList): LoadReport | undefined {
  const binary = headers.get('endpoint-load-metrics-bin')
  if (binary !== undefined) return reportOf(() => binaryReport(binary))
  const value = headers.get('endpoint-load-metrics')
  if (value === undefined || value.length > maxLength) return undefined
  const [form = ''] = value.split(' ', 1)
  const rest = value.slice(form.length + 1)
  const read = forms[form]
  return read && reportOf(() => read(rest))
}

/** No report is as long. */
const maxLength = 16_384

type Read = (text: string) => OrcaLoadReportJson

const forms: Readonly<Record<string, Read | undefined>> = {
  TEXT: textReport,
  JSON: (text) => OrcaLoadReport.toJson(OrcaLoadReport.fromJson(JSON.parse(text))),
  BIN: binaryReport,
}

function reportOf(read: () => OrcaLoadReportJson): LoadReport | undefined {
  try {
    const json = read()
    return {
      ...json,
      rpsFractional: json.rpsFractional ?? 0,
      metrics: {
        ...prefixed('named_metrics', json.namedMetrics),
        ...prefixed('utilization', json.utilization),
        ...prefixed('request_cost', json.requestCost),
        mem_utilization: json.memUtilization ?? 0,
      },
    }
  } catch (error) {
    // Whatever a host says of itself, it does not end the request.
    if (error instanceof XdsTypesError || error instanceof SyntaxError) return undefined
    throw error
  }
}

function prefixed(
  prefix: string,
  metrics: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const entries = Object.entries(metrics ?? {})
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}.${name}`, value]))
}

function binaryReport(text: string): OrcaLoadReportJson {
  return OrcaLoadReport.toJson(OrcaLoadReport.decode(Buffer.from(text, 'base64')))
}

const fields: Readonly<Record<string, keyof OrcaLoadReportJson | undefined>> = {
  application_utilization: 'applicationUtilization',
  cpu_utilization: 'cpuUtilization',
  mem_utilization: 'memUtilization',
  rps_fractional: 'rpsFractional',
  eps: 'eps',
}
const namedPrefix = 'named_metrics.'

/** `cpu_utilization=0.3, named_metrics.queue=12`; one that is not known spoils the whole. */
function textReport(text: string): OrcaLoadReportJson {
  const found: Record<string, unknown> = {}
  const namedMetrics: Record<string, number> = {}
  for (const part of text.split(',')) {
    const [, name = '', digits = ''] = /^\s*([^=:\s]+)\s*[=:]\s*(\S+)\s*$/.exec(part) ?? []
    const value = Number(digits === '' ? Number.NaN : digits)
    if (!Number.isFinite(value)) throw new SyntaxError(`no number in ${part}`)
    const field = fields[name]
    if (field !== undefined) found[field] = value
    else if (name.startsWith(namedPrefix)) namedMetrics[name.slice(namedPrefix.length)] = value
    else throw new SyntaxError(`unknown metric ${name}`)
  }
  return { ...found, namedMetrics }
}
