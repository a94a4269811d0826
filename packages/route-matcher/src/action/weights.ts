import type { WeightedClusterJson } from '../config/action-config.ts'
import { type Findings, fault } from '../config/findings.ts'
import { headerInteger } from '../predicate/header-integer.ts'
import { headerValues, type Subject } from '../request/subject.ts'
import { type HashPolicy, hashKeys } from './hash-policy.ts'

/** Chooses the place of a cluster in the list by the request's draw; -1 if runtime keys left it no weight, or too much. */
export type ChooseWeighted = (subject: Subject) => number

/**
 * A 64-bit hash, its high and its low half as unsigned integers, of the keys that hash policies gave: XOR of the keys' hashes,
 * the hash before rotated left by one bit at each step. Undefined: there were no keys.
 */
export type HashOfKeys = (
  keys: readonly (readonly string[])[],
) => readonly [number, number] | undefined

const maxTotal = 0xffff_ffff

/** Compiles the weights: each cluster owns as many of the draws as it weighs. */
export function compileWeights(
  weighted: WeightedClusterJson,
  hashPolicies: readonly HashPolicy[],
  path: string,
  findings: Findings,
): ChooseWeighted {
  const clusters = weighted.clusters ?? []
  const weights = clusters.map(({ weight = 0 }) => weight)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  checkWeights(weighted, total, path, findings)
  const draw = compileDraw(weighted, hashPolicies, path, findings)
  const prefix = weighted.runtimeKeyPrefix ?? ''
  const keys = clusters.map(({ name = '' }) => `${prefix}.${name}`)
  const fixed = (index: number): number => weights[index] ?? 0
  return (subject) => {
    const { runtime } = subject
    if (prefix === '' || runtime === undefined) {
      return placeOf(draw(subject, total), weights.length, fixed)
    }
    const weightOf = (index: number): number => override(runtime(keys[index] ?? '')) ?? fixed(index)
    let sum = 0
    for (let index = 0; index < weights.length; index += 1) sum += weightOf(index)
    if (sum === 0 || sum > maxTotal) return -1
    return placeOf(draw(subject, sum), weights.length, weightOf)
  }
}

function placeOf(value: number, count: number, weightOf: (index: number) => number): number {
  let end = 0
  for (let index = 0; index < count; index += 1) {
    end += weightOf(index)
    if (value < end) return index
  }
  return -1
}

/** What is no unsigned integer is as if the key were not set. */
function override(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function checkWeights(
  { totalWeight = 0, ...weighted }: WeightedClusterJson,
  total: number,
  path: string,
  { faults, warnings }: Findings,
): void {
  const at = `${path}.clusters`
  if (total === 0) {
    faults.push({ path: at, message: 'expected weights that sum to more than 0, got 0' })
  } else if (total > maxTotal) {
    const message = `expected weights that sum to at most ${maxTotal}, got ${total}`
    faults.push({ path: at, message })
  }
  if (totalWeight !== 0 && totalWeight !== total) {
    const message = `not the sum of the weights, which is ${total} and counts`
    warnings.push({ path: `${path}.totalWeight`, message })
  }
  if (weighted.headerName && weighted.useHashPolicy !== undefined) {
    faults.push({ path, message: 'expected headerName or useHashPolicy, got both' })
  }
}

type Draw = (subject: Subject, total: number) => number

/** The draw is the request's own, unless a header or the hash policies give one. */
function compileDraw(
  { headerName = '', useHashPolicy }: WeightedClusterJson,
  hashPolicies: readonly HashPolicy[],
  path: string,
  findings: Findings,
): Draw {
  const header = headerName.toLowerCase()
  if (header !== '') {
    return (subject, total) => fromHeader(subject, header, total) ?? subject.random % total
  }
  if (useHashPolicy !== true || hashPolicies.length === 0) {
    return (subject, total) => subject.random % total
  }
  const { hashOfKeys } = findings
  if (hashOfKeys === undefined) {
    fault(findings, `${path}.useHashPolicy`, 'expected the option hashOfKeys, got none')
  }
  return (subject, total) => {
    const hash = hashOfKeys?.(hashKeys(hashPolicies, subject.request))
    if (hash === undefined) return subject.random % total
    const [high, low] = hash
    return Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(total))
  }
}

/** A header that was sent once and is an unsigned 64-bit integer replaces the draw. */
function fromHeader({ request }: Subject, header: string, total: number): number | undefined {
  const [text, second] = headerValues(request, header)
  if (text === undefined || second !== undefined) return undefined
  const value = headerInteger(text)
  if (value === undefined || value < 0n || value > maxUint64) return undefined
  return Number(value % BigInt(total))
}

const maxUint64 = 0xffff_ffff_ffff_ffffn
