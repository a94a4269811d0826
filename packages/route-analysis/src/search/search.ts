import type { Cost } from '../model/cost.ts'
import { baseCost, type Decision, type Space } from '../model/dimension.ts'
import type { Formula } from '../model/formulas.ts'
import { ListMap } from '../model/list-map.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import type { Decider } from './decider.ts'
import { Heap } from './heap.ts'
import { DecidedList, type RuleList } from './rule-list.ts'

/** Requests of which some dimensions are decided, and what that leaves of lists of rules. */
export interface State {
  readonly lists: readonly RuleList[]
  readonly space: Space
  readonly cost: Cost
  /** The last decision; undefined: nothing is decided. */
  readonly trace: Trace | undefined
  /** Kinds of things that were decided to be there, of which the next one costs otherwise. */
  readonly kinds: string
}

/** Decisions, the last first. */
export interface Trace {
  readonly decision: Decision
  readonly dimension: number
  /** What asked for it: of a decision's tests, those that these lists mention count. Undefined: all do. */
  readonly asked?: readonly DecidedList[]
  readonly before: Trace | undefined
}

/** What is searched for. */
export interface Goal {
  /** Whether these lists can lead to anything new. */
  wanted(lists: readonly RuleList[]): boolean
  /** Whether a rule of the first list is still looked for; with it, what comes after the last such rule is left out. */
  readonly open?: (rule: number) => boolean
  /** The condition to decide next; undefined if there is nothing left to decide. */
  next(lists: readonly RuleList[]): Formula | undefined
  /** Everything is decided but draws and what is unknown. Each leaf is told once, the cheapest first. */
  leaf(state: State): void
  /** Nothing more is known of these requests. */
  unknown(state: State, reason: string): void
}

/** How much a search may do; shared between searches. */
export interface Budget {
  steps: number
}

const outOfSteps = 'the search takes more steps than it may'

/** Members of all states that are remembered. */
const mostRemembered = 10_000_000

/**
 * Searches the requests of a space for what rules in lists do with them.
 *
 * The rules are decided one dimension after another, cheapest requests first (Dijkstra). States that leave the same lists are
 * looked at once. Of equally cheap ones the newest goes first: then few are open at a time. A dimension is decided by the ways its own tests come out, so that no request is left out and none is
 * in two branches.
 */
export class Search {
  readonly #vocabulary: Vocabulary
  readonly #goal: Goal
  readonly #budget: Budget
  readonly #decider: Decider
  readonly #queue = new Heap<State | Siblings>()
  readonly #seen = new ListMap<true>()
  #remembered = 0

  constructor(decider: Decider, goal: Goal, budget: Budget) {
    this.#decider = decider
    this.#vocabulary = decider.vocabulary
    this.#goal = goal
    this.#budget = budget
  }

  /** Adds where to begin. */
  add(lists: readonly RuleList[], space: Space): void {
    const cost = baseCost(space)
    this.#queue.push(cost, { lists, space, cost, trace: undefined, kinds: '' })
  }

  /** Adds a state that was reached already. */
  addState(state: State): void {
    this.#queue.push(state.cost, state)
  }

  /** Runs until there is nothing new to find. */
  run(): void {
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      if (next instanceof Siblings) this.#nextSibling(next)
      else this.#visit(next)
    }
  }

  #visit(state: State): void {
    const goal = this.#goal
    const lists = this.#trimmed(state.lists)
    if (!goal.wanted(lists) || this.#wasSeen(lists, state)) return
    const next = goal.next(lists)
    if (next === undefined) {
      goal.leaf({ ...state, lists })
      return
    }
    if (this.#budget.steps <= 0) {
      goal.unknown(state, outOfSteps)
      return
    }
    this.#branch({ ...state, lists }, this.#dimensionOf(next))
  }

  /** The path first: it leaves least of the lists. */
  #dimensionOf(condition: Formula): number {
    const dimensions = this.#vocabulary.formulas.dimensionsOf(condition)
    const path = this.#vocabulary.find('path')
    if (path !== undefined && dimensions.includes(path)) return path
    return dimensions[0] ?? -1
  }

  #branch(state: State, dimension: number): void {
    const { formulas } = this.#vocabulary
    const decided = state.lists.map((list) => new DecidedList(list, dimension, formulas))
    for (const { rules } of state.lists) this.#budget.steps -= rules.length
    const { missing } = this.#vocabulary.at(dimension)
    this.#enqueue(new Siblings(state, dimension, decided, missing))
  }

  #enqueue(siblings: Siblings): void {
    const { state, current } = siblings
    if (current !== undefined) this.#queue.push(costAfter(state, current), siblings)
    else if (!siblings.loaded) {
      // Not before what is as cheap: by then there may be nothing left to look for here.
      const { leastCost = 0 } = this.#vocabulary.at(siblings.dimension)
      this.#queue.push(state.cost + leastCost, siblings)
    }
  }

  #nextSibling(siblings: Siblings): void {
    const { state, current } = siblings
    const { open } = this.#goal
    if (this.#budget.steps <= 0) {
      this.#goal.unknown(state, outOfSteps)
      return
    }
    if (open !== undefined && !siblings.isOpen(open)) return
    if (current === undefined) {
      const failed = siblings.load(this.#decider)
      if (failed === undefined) this.#enqueue(siblings)
      else this.#goal.unknown(state, failed)
      return
    }
    siblings.advance()
    this.#enqueue(siblings)
    if (open === undefined || siblings.leadsTo(current, open)) this.#follow(siblings, current)
  }

  #follow({ state, decided, dimension }: Siblings, decision: Decision): void {
    const lists = decided.map((list) => list.where(decision.holds))
    for (const { rules } of lists) this.#budget.steps -= 1 + rules.length
    this.#visit({
      lists,
      space: state.space,
      cost: costAfter(state, decision),
      trace: { decision, dimension, asked: decided, before: state.trace },
      kinds: kindsAfter(state, decision),
    })
  }

  #trimmed(lists: readonly RuleList[]): readonly RuleList[] {
    const { open } = this.#goal
    const [first, ...others] = lists
    if (open === undefined || first === undefined) return lists
    const last = first.rules.findLastIndex(open)
    if (last === first.rules.length - 1) return lists
    const trimmed = {
      rules: first.rules.slice(0, last + 1),
      conditions: first.conditions.slice(0, last + 1),
    }
    return [trimmed, ...others]
  }

  #wasSeen(lists: readonly RuleList[], { space, kinds }: State): boolean {
    const key = [forms.indexOf(space.form), kindOrder.indexOf(kinds)]
    for (const { rules, conditions } of lists) {
      key.push(rules.length)
      for (const rule of rules) key.push(rule)
      for (const condition of conditions) key.push(condition)
    }
    if (this.#seen.get(key) === true) return true
    if (this.#remembered < mostRemembered) {
      this.#remembered += key.length
      this.#seen.set(key, true)
    }
    return false
  }
}

const forms: readonly Space['form'][] = ['origin', 'asterisk', 'empty']

/** Every set of kinds, as a state writes it. */
const kindOrder = ['', 'cookie', 'query', 'cookie query']

function costAfter(state: State, { cost, again }: Decision): Cost {
  return state.cost + (again !== undefined && state.kinds.includes(again.kind) ? again.cost : cost)
}

function kindsAfter({ kinds }: State, { again }: Decision): string {
  if (again === undefined || kinds.includes(again.kind)) return kinds
  return kinds === '' ? again.kind : 'cookie query'
}

/** The ways to decide one dimension of a state, of which some were looked at. */
class Siblings {
  readonly state: State
  readonly dimension: number
  readonly decided: readonly DecidedList[]
  readonly #missing: Decision | undefined
  readonly #base: readonly number[]
  /** Undefined until more than a missing value was asked for. */
  #decisions: readonly Decision[] | undefined
  #next = 0
  /** All rules after these are closed. */
  #lastOpen: number
  #lastOpenOfBase: number

  constructor(
    state: State,
    dimension: number,
    decided: readonly DecidedList[],
    missing: Decision | undefined,
  ) {
    this.state = state
    this.dimension = dimension
    this.decided = decided
    this.#missing = missing
    if (missing === undefined) this.#next = -1
    this.#base = decided[0]?.base ?? []
    this.#lastOpen = (state.lists[0]?.rules.length ?? 0) - 1
    this.#lastOpenOfBase = this.#base.length - 1
  }

  get loaded(): boolean {
    return this.#decisions !== undefined
  }

  /** The decision to look at; undefined if there is none left, or none loaded. */
  get current(): Decision | undefined {
    if (this.#decisions !== undefined) return this.#decisions[this.#next]
    return this.#next === 0 ? this.#missing : undefined
  }

  advance(): void {
    this.#next++
  }

  /** Works out the decisions; returns why that failed. */
  load(decider: Decider): string | undefined {
    const tests = new Set<number>()
    for (const list of this.decided) for (const test of list.tests) tests.add(test)
    const decisions = decider.decide(this.dimension, [...tests], this.state.space)
    if ('unknown' in decisions) return decisions.unknown
    this.#decisions = decisions.filter((decision) => decision !== this.#missing)
    this.#next = 0
    return undefined
  }

  /** Whether any rule of the first list is open. A closed rule stays closed, so that this is quick in the long run. */
  isOpen(open: (rule: number) => boolean): boolean {
    const rules = this.state.lists[0]?.rules ?? []
    while (this.#lastOpen >= 0 && !open(rules[this.#lastOpen] ?? -1)) this.#lastOpen--
    return this.#lastOpen >= 0
  }

  /** Whether a decision can lead to a rule that is open. */
  leadsTo({ holds }: Decision, open: (rule: number) => boolean): boolean {
    const base = this.#base
    while (this.#lastOpenOfBase >= 0 && !open(base[this.#lastOpenOfBase] ?? -1)) {
      this.#lastOpenOfBase--
    }
    if (this.#lastOpenOfBase >= 0) return true
    for (const rule of this.decided[0]?.mentioning(holds) ?? []) if (open(rule)) return true
    return false
  }
}
