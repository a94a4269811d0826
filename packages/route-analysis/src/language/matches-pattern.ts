import { everyCodePoint } from './code-points.ts'
import { buildMachine, type Machine } from './machine.ts'
import type { PatternNode } from './pattern-node.ts'

/**
 * Whether a whole text matches a pattern; linear in the text. The automaton is kept with the pattern and grows as texts come, up to
 * ten thousand states; then it is made anew.
 */
export function matchesPattern(pattern: PatternNode, text: string): boolean {
  let machine = machines.get(pattern)
  if (machine === undefined) {
    const atom = { kind: 'regular' as const, key: '', pattern }
    machine = buildMachine([atom], everyString, noLimits)
    machines.set(pattern, machine)
  }
  const matches = read(machine, text)
  if (machine.patterns.size > mostStates) machines.delete(pattern)
  return matches
}

const unlimited = Number.POSITIVE_INFINITY
const noLimits = { members: unlimited, patternStates: unlimited, visits: unlimited }
const mostStates = 10_000

const machines = new WeakMap<PatternNode, Machine>()

const everyString: PatternNode = {
  kind: 'repeat',
  of: { kind: 'set', set: everyCodePoint },
  min: 0,
  max: Number.POSITIVE_INFINITY,
}

function read(machine: Machine, text: string): boolean {
  const [literals] = machine.tracks
  let { state, latch } = machine.firstPatterns
  let node = 0
  for (const character of text) {
    if (latch !== 0) return true
    const symbol = machine.alphabet.symbolOf(character.codePointAt(0) ?? 0)
    const row = machine.patterns.row(state)
    const block = row.partition.blockOf[symbol] ?? 0
    state = row.targets[block] ?? 0
    latch = row.latches[block] ?? 0
    node = literals?.step(node, symbol) ?? -1
    const spawn = machine.spawns.get(node)
    if (spawn === undefined) continue
    state = machine.patterns.union(state, spawn.state)
    latch = machine.tests.union(latch, spawn.latch)
  }
  return latch !== 0 || machine.patterns.accepted(state) !== 0
}
