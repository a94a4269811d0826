import type { RouteMatchJson } from '@meshwright/route-matcher'
import { fractionPeriod } from '../draws/fraction-period.ts'
import { type Change, dropped, within, withinEach } from './change.ts'
import { changedCookie, changedHeader, changedParameter } from './change-conditions.ts'
import { became, changedLiteral, changedRegex } from './change-text.ts'
import type { MutantKind } from './mutant.ts'

/** Every change of what a route asks for. */
export function* changedMatch(match: RouteMatchJson): Generator<Change<RouteMatchJson>> {
  yield* changedPath(match)
  const { headers = [], queryParameters = [], cookies = [] } = match
  yield* within(match, 'headers', withinEach(headers, changedHeader))
  yield* within(match, 'queryParameters', withinEach(queryParameters, changedParameter))
  yield* within(match, 'cookies', withinEach(cookies, changedCookie))
  yield* changedFraction(match)
  for (const key of ['grpc', 'tlsContext'] as const) {
    if (match[key] === undefined) continue
    yield* within(match, key, [dropped('dropped-condition', `condition ${key}`)])
  }
  const { dynamicMetadata = [], filterState = [] } = match
  const drop = (what: string) => [dropped('dropped-condition', `condition on ${what}`)]
  yield* within(
    match,
    'dynamicMetadata',
    withinEach(dynamicMetadata, ({ filter = '' }) => drop(`metadata ${filter}`)),
  )
  yield* within(
    match,
    'filterState',
    withinEach(filterState, ({ key = '' }) => drop(`filter state ${key}`)),
  )
}

const literalKinds = ['prefix', 'path', 'pathSeparatedPrefix'] as const

function* changedPath(match: RouteMatchJson): Generator<Change<RouteMatchJson>> {
  for (const kind of literalKinds) {
    const text = match[kind]
    if (text === undefined) continue
    if (text !== '/') yield* within(match, kind, changedLiteral(text))
    if (kind === 'prefix' && text.length > 1) yield* within(match, kind, shortened(text))
    yield* otherPathKinds(match, kind, text)
    if (/[a-z]/i.test(text)) yield flippedCase(match)
  }
  if (match.safeRegex !== undefined) {
    yield* within(match, 'safeRegex', changedRegex(match.safeRegex))
  }
  yield* changedTemplate(match)
}

/** One segment for any number and the reverse, and another literal at the end. */
function* changedTemplate(match: RouteMatchJson): Generator<Change<RouteMatchJson>> {
  const { pathMatchPolicy } = match
  const config = pathMatchPolicy?.typedConfig
  if (typeof config !== 'object' || config === null || !('pathTemplate' in config)) return
  const template = String(config.pathTemplate)
  const change = (kind: MutantKind, pathTemplate: string): Change<RouteMatchJson> => ({
    kind,
    at: 'pathMatchPolicy',
    description: became(template, pathTemplate),
    value: {
      ...match,
      pathMatchPolicy: { ...pathMatchPolicy, typedConfig: { ...config, pathTemplate } },
    },
  })
  const wildcard = template.includes('**')
    ? template.replace('**', '*')
    : template.replace('*', '**')
  if (wildcard !== template) yield change('changed-match-kind', wildcard)
  if (/\w$/.test(template)) yield change('changed-literal', `${template}x`)
}

function shortened(text: string): Change<string>[] {
  const value = text.slice(0, -1)
  return [{ kind: 'changed-literal', at: '', description: became(text, value), value }]
}

function* otherPathKinds(
  match: RouteMatchJson,
  kind: (typeof literalKinds)[number],
  text: string,
): Generator<Change<RouteMatchJson>> {
  const { [kind]: _, ...rest } = match
  for (const other of literalKinds) {
    if (other === kind) continue
    const value = other === 'pathSeparatedPrefix' ? text.replace(/\/$/, '') : text
    yield {
      kind: 'changed-match-kind',
      at: `${kind}.${other}`,
      description: `${kind} ${JSON.stringify(text)} became ${other} ${JSON.stringify(value)}`,
      value: { ...rest, [other]: value },
    }
  }
}

function flippedCase(match: RouteMatchJson): Change<RouteMatchJson> {
  const caseSensitive = match.caseSensitive === false
  return {
    kind: 'changed-case',
    at: 'caseSensitive',
    description: `case of the path ${caseSensitive ? 'counts' : 'ignored'}`,
    value: { ...match, caseSensitive },
  }
}

function* changedFraction(match: RouteMatchJson): Generator<Change<RouteMatchJson>> {
  const { runtimeFraction } = match
  if (runtimeFraction === undefined) return
  const { numerator = 0 } = runtimeFraction.defaultValue ?? {}
  for (const value of [numerator - 1, numerator + 1]) {
    if (value < 0 || value > fractionPeriod(runtimeFraction.defaultValue ?? {})) continue
    const defaultValue = { ...runtimeFraction.defaultValue, numerator: value }
    yield {
      kind: 'changed-fraction',
      at: `runtimeFraction.${value}`,
      description: `fraction: ${became(numerator, value)}`,
      value: { ...match, runtimeFraction: { ...runtimeFraction, defaultValue } },
    }
  }
  yield* within(match, 'runtimeFraction', [dropped('dropped-condition', 'runtime fraction')])
}
