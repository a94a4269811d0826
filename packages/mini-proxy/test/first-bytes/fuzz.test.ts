import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { plantedBeginningFaults } from './beginning-fuzz.ts'
import { fuzzClientHello } from './client-hello-fuzz.ts'
import { fuzzProxyProtocol } from './proxy-protocol-fuzz.ts'

describe.each([
  ['PROXY headers', fuzzProxyProtocol, ['header', 'broken', 'none', 'more']],
  ['ClientHellos', fuzzClientHello, ['tls', 'other', 'more']],
] as const)('%s', (_, fuzz, kinds) => {
  test('ten thousand mean what they should, and the same however they are cut', {
    timeout: 120_000,
  }, () => {
    const report = fuzz(seededRandom(4711), 10_000)

    expect(report.examples).toEqual([])
    expect(report.differences).toBe(0)
    expect(report.known).toBeGreaterThan(3000)
    for (const kind of kinds) expect([kind, report.verdicts.get(kind) ?? 0]).toSatisfy(isOften)
    expect([...report.verdicts.keys()].toSorted()).toEqual(kinds.toSorted())
  })

  test.each(Object.entries(plantedBeginningFaults))('finds %s', (_name, fault) => {
    expect(fuzz(seededRandom(4711), 300, fault).differences).toBeGreaterThan(0)
  })
})

function isOften([, count]: readonly [string, number]): boolean {
  return count > 200
}
