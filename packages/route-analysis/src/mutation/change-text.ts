import type { RegexMatcherJson, StringMatcherJson } from '@meshwright/route-matcher'
import { type Change, within } from './change.ts'
import { changedRegexes } from './change-regex.ts'

/** Another literal of the same length. */
export function* changedLiteral(text: string): Generator<Change<string>> {
  if (text === '') return
  const value = `${text.slice(0, -1)}${text.endsWith('x') ? 'y' : 'x'}`
  yield { kind: 'changed-literal', at: '', description: became(text, value), value }
}

/** The pattern off by one. */
export function* changedRegex(matcher: RegexMatcherJson): Generator<Change<RegexMatcherJson>> {
  for (const regex of changedRegexes(matcher.regex ?? '')) {
    yield {
      kind: 'changed-regex',
      at: '',
      description: became(matcher.regex ?? '', regex),
      value: { ...matcher, regex },
    }
  }
}

/** Another literal, another kind of match, another case. */
export function* changedStringMatch(
  matcher: StringMatcherJson,
): Generator<Change<StringMatcherJson>> {
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    const text = matcher[kind]
    if (text === undefined) continue
    yield* within(matcher, kind, changedLiteral(text))
    const { [kind]: _, ...rest } = matcher
    const other = kind === 'prefix' ? 'exact' : 'prefix'
    yield {
      kind: 'changed-match-kind',
      at: kind,
      description: `${kind} ${JSON.stringify(text)} became ${other}`,
      value: { ...rest, [other]: text },
    }
    const ignoreCase = matcher.ignoreCase !== true
    if (/[a-z]/i.test(text)) {
      yield {
        kind: 'changed-case',
        at: 'ignoreCase',
        description: `case of ${JSON.stringify(text)} ${ignoreCase ? 'ignored' : 'counts'}`,
        value: { ...matcher, ignoreCase },
      }
    }
  }
  if (matcher.safeRegex !== undefined) {
    yield* within(matcher, 'safeRegex', changedRegex(matcher.safeRegex))
  }
}

/** In words: this became that. */
export function became(before: string | number, after: string | number): string {
  return `${JSON.stringify(before)} became ${JSON.stringify(after)}`
}
