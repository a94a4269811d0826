import { type Findings, fault } from '../config/findings.ts'
import type {
  FieldMatcherJson,
  MatcherJson,
  MatcherTreeJson,
  OnMatchJson,
} from '../config/matcher-config.ts'
import { oneOf } from '../config/one-of.ts'
import { showValue } from '../config/show-value.ts'
import type { Subject } from '../request/subject.ts'
import { compileInput, type MatchInput } from './match-input.ts'
import { compileMatchPredicate } from './match-predicate.ts'
import { compileTreeLookup, type TreeEntry } from './tree-lookup.ts'

/**
 * Finds the action for a request, or undefined. With a trace it notes each step, for `explain`.
 */
export type MatchTree<Action> = (subject: Subject, trace?: string[]) => Action | undefined

/** What a tree compiles in: its actions are whatever `action` makes of their typed configs. */
export interface TreeContext<Action> {
  readonly findings: Findings
  action(typedConfig: unknown, path: string): Action
}

/**
 * Compiles `xds.type.matcher.v3.Matcher`.
 *
 * What matches decides, unless it says to keep matching, or is a matcher in which nothing matches: then the next one is asked,
 * and in the end `on_no_match`.
 */
export function compileMatchTree<Action>(
  matcher: MatcherJson,
  path: string,
  context: TreeContext<Action>,
): MatchTree<Action> {
  const { matcherList, matcherTree, onNoMatch } = matcher
  if (matcherList !== undefined && matcherTree !== undefined) {
    oneOf(matcher, ['matcherList', 'matcherTree'], path, context.findings)
  }
  const tree =
    matcherList === undefined
      ? compileTree(matcherTree, `${path}.matcherTree`, context)
      : compileList(matcherList.matchers ?? [], `${path}.matcherList.matchers`, context)
  const fallback =
    onNoMatch === undefined ? nothing : compileOnMatch(onNoMatch, `${path}.onNoMatch`, context)
  return (subject, trace) => {
    const found = tree(subject, trace)
    if (found !== undefined) return found
    if (onNoMatch !== undefined) trace?.push(`${path}: nothing matched, so that on_no_match counts`)
    return fallback(subject, trace)
  }
}

const nothing = (): undefined => undefined

/** Compiles what follows from a match: an action or another matcher. */
function compileOnMatch<Action>(
  onMatch: OnMatchJson,
  path: string,
  context: TreeContext<Action>,
): MatchTree<Action> {
  const { matcher, action, keepMatching = false } = onMatch
  const kind = oneOf(onMatch, ['matcher', 'action'], path, context.findings)
  if (kind === undefined) return nothing
  const tree: MatchTree<Action> =
    kind === 'matcher'
      ? compileMatchTree(matcher ?? {}, `${path}.matcher`, context)
      : always(context.action(action?.typedConfig, `${path}.action.typedConfig`))
  if (!keepMatching) return tree
  const message = 'Envoy refuses keep_matching in a route table'
  context.findings.warnings.push({ path: `${path}.keepMatching`, message })
  return (subject, trace) => {
    if (tree(subject, trace) !== undefined)
      trace?.push(`${path}: keep_matching, so that it goes on`)
    return undefined
  }
}

function always<Action>(action: Action): MatchTree<Action> {
  return () => action
}

function compileList<Action>(
  matchers: readonly FieldMatcherJson[],
  path: string,
  context: TreeContext<Action>,
): MatchTree<Action> {
  const { findings } = context
  if (matchers.length === 0) fault(findings, path, 'expected at least one matcher, got none')
  const fields = matchers.map(({ predicate = {}, onMatch = {} }, i) => ({
    at: `${path}[${i}]`,
    predicate: compileMatchPredicate(predicate, `${path}[${i}].predicate`, findings),
    onMatch: compileOnMatch(onMatch, `${path}[${i}].onMatch`, context),
  }))
  return (subject, trace) => {
    for (const { at, predicate, onMatch } of fields) {
      const holds = predicate.test(subject)
      trace?.push(
        `${at}: ${holds ? '' : 'expected '}${predicate.description}, saw ${predicate.saw(subject)}`,
      )
      const found = holds ? onMatch(subject, trace) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
}

function compileTree<Action>(
  tree: MatcherTreeJson | undefined,
  path: string,
  context: TreeContext<Action>,
): MatchTree<Action> {
  if (tree === undefined) return nothing
  const input = textInput(tree, path, context.findings)
  const lookup = compileTreeLookup(tree, path, {
    findings: context.findings,
    follow: (onMatch, at) => compileOnMatch(onMatch, at, context),
  })
  return (subject, trace) => {
    const text = input.get(subject)
    const entries = typeof text === 'string' ? lookup(text) : []
    trace?.push(
      `${path}: ${input.description}, saw ${showValue(text)}: ${entries.length === 0 ? 'no entry' : entries.map(({ key }) => key).join(', then ')}`,
    )
    return firstDecided(entries, subject, trace)
  }
}

function textInput(tree: MatcherTreeJson, path: string, findings: Findings): MatchInput {
  const input = compileInput(tree.input, `${path}.input`, findings)
  if (input.kind !== 'text') {
    fault(
      findings,
      `${path}.input`,
      `expected an input that gives a text, got ${input.description}`,
    )
  }
  return input
}

function firstDecided<Action>(
  entries: readonly TreeEntry<MatchTree<Action>>[],
  subject: Subject,
  trace: string[] | undefined,
): Action | undefined {
  for (const [place, { follow, exclusive = false }] of entries.entries()) {
    if (exclusive && place > 0) continue
    const found = follow(subject, trace)
    if (found !== undefined) return found
  }
  return undefined
}
