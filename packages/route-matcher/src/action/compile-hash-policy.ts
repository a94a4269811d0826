import type { HashPolicyJson } from '../config/action-config.ts'
import { durationMs } from '../config/duration.ts'
import { type Findings, fault } from '../config/findings.ts'
import { atMostOne } from '../config/one-of.ts'
import { headerValues, parseCookies, queryParameters } from '../request/subject.ts'
import type { HashPolicy } from './hash-policy.ts'
import { compileRegexRewrite } from './regex-rewrite.ts'

/** Compiles one hash policy. */
export function compileHashPolicy(
  policy: HashPolicyJson,
  path: string,
  findings: Findings,
): HashPolicy {
  const { header, cookie, connectionProperties, queryParameter, filterState } = policy
  atMostOne(policy, sources, path, findings)
  const base = { terminal: policy.terminal === true, cookie: undefined }
  if (header !== undefined) return { ...base, ...headerPolicy(header, `${path}.header`, findings) }
  if (cookie !== undefined) return { ...base, ...cookiePolicy(cookie, `${path}.cookie`, findings) }
  if (queryParameter !== undefined) {
    const name = required(queryParameter.name, `${path}.queryParameter.name`, findings)
    const key: HashPolicy['key'] = (request) => present(queryParameters(request.path).get(name))
    return { ...base, kind: 'query-parameter', name, key }
  }
  if (filterState !== undefined) {
    const name = required(filterState.key, `${path}.filterState.key`, findings)
    return {
      ...base,
      kind: 'filter-state',
      name,
      key: (_, source) => one(source.filterState?.(name)),
    }
  }
  if (connectionProperties === undefined) {
    fault(
      findings,
      path,
      'expected header, cookie, connectionProperties, queryParameter or filterState, got none of them',
    )
  }
  const bySource = connectionProperties?.sourceIp === true
  const key: HashPolicy['key'] = (_, source) => (bySource ? one(source.sourceIp) : undefined)
  // Switched off, it is not there at all, and ends nothing.
  return { ...base, terminal: base.terminal && bySource, kind: 'source-ip', name: '', key }
}

function headerPolicy(
  header: NonNullable<HashPolicyJson['header']>,
  path: string,
  findings: Findings,
): Pick<HashPolicy, 'kind' | 'name' | 'key'> {
  const name = required(header.headerName, `${path}.headerName`, findings).toLowerCase()
  const { regexRewrite } = header
  const rewrite =
    regexRewrite === undefined
      ? (value: string): string => value
      : compileRegexRewrite(regexRewrite, `${path}.regexRewrite`, findings)
  return {
    kind: 'header',
    name,
    key: (request) => {
      const values = headerValues(request, name)
      // Sorted, so that the order in which a repeated header was sent makes no difference.
      return values.length === 0 ? undefined : values.map(rewrite).sort()
    },
  }
}

function cookiePolicy(
  cookie: NonNullable<HashPolicyJson['cookie']>,
  path: string,
  findings: Findings,
): Pick<HashPolicy, 'kind' | 'name' | 'key' | 'cookie'> {
  const name = required(cookie.name, `${path}.name`, findings)
  const ttlMs = durationMs(cookie.ttl)
  const attributes = (cookie.attributes ?? []).map((attribute, i) => ({
    name: required(attribute.name, `${path}.attributes[${i}].name`, findings),
    value: attribute.value ?? '',
  }))
  return {
    kind: 'cookie',
    name,
    cookie: ttlMs === undefined ? undefined : { ttlMs, path: cookie.path ?? '', attributes },
    key: (request) => one(parseCookies(headerValues(request, 'cookie')).get(name)),
  }
}

const sources = [
  'header',
  'cookie',
  'connectionProperties',
  'queryParameter',
  'filterState',
] as const

function required(name: string | undefined, path: string, findings: Findings): string {
  if (name === undefined || name === '') fault(findings, path, 'expected a name, got none')
  return name ?? ''
}

function present(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value]
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined || value === '' ? undefined : [value]
}
