import type { HashPolicyJson } from './action-config.ts'
import { durationMs } from './duration.ts'
import { type Findings, fault } from './findings.ts'
import type { HashPolicy } from './hash-policy.ts'
import { compileRegexRewrite } from './regex-rewrite.ts'
import { headerValues, parseCookies, queryParameters } from './subject.ts'

/** Compiles one hash policy. */
export function compileHashPolicy(
  policy: HashPolicyJson,
  path: string,
  findings: Findings,
): HashPolicy {
  const { header, cookie, connectionProperties, queryParameter, filterState } = policy
  const base = { terminal: policy.terminal === true, cookie: undefined }
  if (header !== undefined) return { ...base, ...headerPolicy(header, `${path}.header`, findings) }
  if (cookie !== undefined) return { ...base, ...cookiePolicy(cookie) }
  if (queryParameter !== undefined) {
    const name = queryParameter.name ?? ''
    const key: HashPolicy['key'] = (request) => present(queryParameters(request.path).get(name))
    return { ...base, kind: 'query-parameter', name, key }
  }
  if (filterState !== undefined) {
    const name = filterState.key ?? ''
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
  const name = (header.headerName ?? '').toLowerCase()
  if (name === '') fault(findings, `${path}.headerName`, 'expected the name of a header, got none')
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
): Pick<HashPolicy, 'kind' | 'name' | 'key' | 'cookie'> {
  const name = cookie.name ?? ''
  const ttlMs = durationMs(cookie.ttl)
  const attributes = (cookie.attributes ?? []).map((attribute) => ({
    name: attribute.name ?? '',
    value: attribute.value ?? '',
  }))
  return {
    kind: 'cookie',
    name,
    cookie: ttlMs === undefined ? undefined : { ttlMs, path: cookie.path ?? '', attributes },
    key: (request) => one(parseCookies(headerValues(request, 'cookie')).get(name)),
  }
}

function present(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value]
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined || value === '' ? undefined : [value]
}
