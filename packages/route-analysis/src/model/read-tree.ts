import type {
  FieldMatcherJson,
  MatcherJson,
  MatcherTreeJson,
  OnMatchJson,
  RouteJson,
} from '@meshwright/route-matcher'
import { complement, exact, prefix, suffix } from '../language/language.ts'
import { always, type Formula } from './formulas.ts'
import { readTreeInput, type TreeInput } from './read-tree-input.ts'
import { readTreePredicate } from './read-tree-predicate.ts'
import type { RequestParts } from './request-parts.ts'
import type { TextTest } from './text-test.ts'
import { typedConfig } from './typed-config.ts'

/** Routes that a matcher tree leads to. */
interface TreeAction {
  /** The place of the first of its routes among all that the tree names. */
  readonly first: number
  readonly routes: readonly RouteJson[]
}

/** One way through a matcher tree: where its condition holds, and that of none before it, its action decides. */
interface TreeBranch {
  readonly condition: Formula
  readonly action: TreeAction
}

/** A matcher tree as a list of branches. */
export interface ReadTree {
  readonly branches: readonly TreeBranch[]
  /** All of them, also those that no branch leads to. */
  readonly actions: readonly TreeAction[]
}

/** Reads `xds.type.matcher.v3.Matcher`. What the algebra does not hold is unknown, for what it decides about. */
export function readTree(
  matcher: MatcherJson,
  parts: RequestParts,
  ignoreParameters: boolean,
): ReadTree {
  const reader = new TreeReader(parts, ignoreParameters)
  const branches = reader.matcher(matcher)
  return { branches, actions: reader.actions }
}

/** A matcher in which nothing matches leaves the decision to what comes next: so its branches are a part of one list. */
class TreeReader {
  readonly actions: TreeAction[] = []
  readonly #parts: RequestParts
  readonly #ignoreParameters: boolean
  #routes = 0

  constructor(parts: RequestParts, ignoreParameters: boolean) {
    this.#parts = parts
    this.#ignoreParameters = ignoreParameters
  }

  matcher({ matcherList, matcherTree, onNoMatch }: MatcherJson): readonly TreeBranch[] {
    const own =
      matcherList === undefined ? this.#tree(matcherTree) : this.#list(matcherList.matchers ?? [])
    return onNoMatch === undefined ? own : [...own, ...this.#onMatch(onNoMatch)]
  }

  #onMatch({ matcher, action, keepMatching = false }: OnMatchJson): readonly TreeBranch[] {
    const branches =
      matcher === undefined ? this.#action(action?.typedConfig) : this.matcher(matcher)
    return keepMatching ? [] : branches
  }

  /** Places are counted as the matcher counts them: in the order in which the configuration names the routes. */
  #action(config: unknown): readonly TreeBranch[] {
    const { type, fields } = typedConfig(config)
    const isList = type === 'envoy.config.route.v3.RouteList'
    const routes = (isList ? (fields['routes'] ?? []) : [fields]) as readonly RouteJson[]
    const action = { first: this.#routes, routes }
    this.#routes += routes.length
    this.actions.push(action)
    return [{ condition: always, action }]
  }

  #list(fields: readonly FieldMatcherJson[]): readonly TreeBranch[] {
    return fields.flatMap(({ predicate = {}, onMatch = {} }) => {
      const held = readTreePredicate(predicate, this.#parts, this.#ignoreParameters)
      return this.#where(held, this.#onMatch(onMatch))
    })
  }

  #tree(tree: MatcherTreeJson | undefined): readonly TreeBranch[] {
    if (tree === undefined) return []
    const input = readTreeInput(tree.input, this.#parts, this.#ignoreParameters)
    const { exactMatchMap, prefixMatchMap, customMatch } = tree
    if (exactMatchMap !== undefined) {
      return this.#entries(input, Object.entries(exactMatchMap.map ?? {}), isText)
    }
    if (prefixMatchMap !== undefined) {
      const entries = this.#followed(Object.entries(prefixMatchMap.map ?? {}))
      return this.#tested(input, longestFirst(entries), beginsWith)
    }
    return this.#custom(input, customMatch?.typedConfig, tree)
  }

  #custom(input: TreeInput, config: unknown, tree: MatcherTreeJson): readonly TreeBranch[] {
    const { type, fields } = typedConfig(config)
    if (type === 'xds.type.matcher.v3.ServerNameMatcher') {
      return this.#domains(input, (fields['domainMatchers'] ?? []) as readonly DomainMatcherJson[])
    }
    const ranges = (fields['rangeMatchers'] ?? []) as readonly { readonly onMatch?: OnMatchJson }[]
    const identity = JSON.stringify(tree)
    return ranges.flatMap(({ onMatch = {} }, index) => {
      // Which range decides depends on all of them, and on what they lead to.
      const decides = input.unknown('is an address in a range', `${index} of ${identity}`)
      return this.#where(decides, this.#onMatch(onMatch))
    })
  }

  /** The domain itself, then the wildcards, the longest first. */
  #domains(input: TreeInput, matchers: readonly DomainMatcherJson[]): readonly TreeBranch[] {
    const entries = matchers.flatMap(({ domains = [], onMatch = {} }) => {
      const branches = this.#onMatch(onMatch)
      return domains.map((domain) => [domain, branches] as const)
    })
    const whole = entries.filter(([domain]) => !domain.startsWith('*'))
    const wild = entries.filter(([domain]) => domain.startsWith('*.'))
    const any = entries.filter(([domain]) => domain === '*')
    return [
      ...this.#tested(input, whole, isText),
      ...this.#tested(input, longestFirst(wild), (domain) => endsWith(domain.slice(1))),
      ...this.#tested(input, any, () => isNotEmpty),
    ]
  }

  #entries(
    input: TreeInput,
    entries: readonly (readonly [string, OnMatchJson])[],
    test: (key: string) => TextTest,
  ): readonly TreeBranch[] {
    return this.#tested(input, this.#followed(entries), test)
  }

  #followed(entries: readonly (readonly [string, OnMatchJson])[]): readonly Entry[] {
    return entries.map(([key, onMatch]) => [key, this.#onMatch(onMatch)] as const)
  }

  #tested(
    input: TreeInput,
    entries: readonly Entry[],
    test: (key: string) => TextTest,
  ): readonly TreeBranch[] {
    return entries.flatMap(([key, branches]) => this.#where(input.passes(test(key)), branches))
  }

  #where(held: Formula, branches: readonly TreeBranch[]): readonly TreeBranch[] {
    const { formulas } = this.#parts.vocabulary
    return branches.map(({ condition, action }) => ({
      condition: formulas.and([held, condition]),
      action,
    }))
  }
}

type Entry = readonly [key: string, branches: readonly TreeBranch[]]

interface DomainMatcherJson {
  readonly domains?: readonly string[]
  readonly onMatch?: OnMatchJson
}

function longestFirst(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted(([a], [b]) => b.length - a.length)
}

function isText(text: string): TextTest {
  return { language: exact(text), description: `is ${JSON.stringify(text)}` }
}

function beginsWith(text: string): TextTest {
  return { language: prefix(text), description: `begins with ${JSON.stringify(text)}` }
}

function endsWith(text: string): TextTest {
  return { language: suffix(text), description: `ends with ${JSON.stringify(text)}` }
}

const isNotEmpty: TextTest = { language: complement(exact('')), description: 'is not empty' }
