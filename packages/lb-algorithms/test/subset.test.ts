import { describe, expect, test } from 'vitest'
import {
  type Host,
  type HostEntry,
  HostSetError,
  type HostSetOptions,
  hostSet,
  type Metadata,
  roundRobin,
  type SubsetOptions,
  subset,
} from '../src/index.ts'

const host = (address: string, metadata?: Metadata): HostEntry<Host> => ({
  host: { address },
  ...(metadata !== undefined && { metadata }),
})

/** Envoy's example: docs/root/intro/arch_overview/upstream/load_balancing/subsets. */
const fleet = [
  host('e1', { stage: 'prod', version: '1.0', type: 'std', xlarge: true }),
  host('e2', { stage: 'prod', version: '1.0', type: 'std' }),
  host('e3', { stage: 'prod', version: '1.1', type: 'std' }),
  host('e4', { stage: 'prod', version: '1.1', type: 'std' }),
  host('e5', { stage: 'prod', version: '1.0', type: 'bigmem' }),
  host('e6', { stage: 'prod', version: '1.1', type: 'bigmem' }),
  host('e7', { stage: 'dev', version: '1.2-pre', type: 'std' }),
]

type Options = Omit<SubsetOptions<Host>, 'create'>

const documented: Options = {
  fallback: 'default-subset',
  defaultSubset: { stage: 'prod' },
  selectors: [
    { keys: ['stage', 'type'] },
    { keys: ['stage', 'version'] },
    { keys: ['version'] },
    { keys: ['xlarge', 'version'] },
  ],
}

/** Who is picked by requests that ask for this, in order. */
function who(
  options: Options,
  metadataMatch: Metadata | undefined,
  hosts = fleet,
  setOptions: HostSetOptions = {},
): string {
  const balancer = subset(hostSet([{ hosts }], setOptions), {
    ...options,
    create: (members) => roundRobin(members),
  })
  const found = new Set<string>()
  for (let i = 0; i < 50; i++) {
    found.add(balancer.pick({ random: () => 0, metadataMatch })?.address ?? 'nobody')
  }
  return [...found].join(' ')
}

describe("the table of Envoy's documentation", () => {
  test.each([
    [{ stage: 'prod', version: '1.1' }, 'e3 e4 e6'],
    [{ stage: 'prod', type: 'std' }, 'e1 e2 e3 e4'],
    [{ stage: 'dev', version: '1.2-pre' }, 'e7'],
    [{ version: '1.0' }, 'e1 e2 e5'],
    [{ version: '1.0', xlarge: true }, 'e1'],
    [{ version: '1.2-pre', stage: 'dev' }, 'e7'],
    // No such subset: the default one.
    [{ other: 'value' }, 'e1 e2 e3 e4 e5 e6'],
    [{ stage: 'dev', version: '1.0' }, 'e1 e2 e3 e4 e5 e6'],
    [undefined, 'e1 e2 e3 e4 e5 e6'],
    [{}, 'e1 e2 e3 e4 e5 e6'],
  ])('%j goes to %s', (match, expected) => {
    expect(who(documented, match)).toBe(expected)
  })
})

describe('fallbacks', () => {
  const selectors = [{ keys: ['version'] }]
  test('none, any endpoint, and a default subset nobody is in', () => {
    expect(who({ selectors }, { version: '9' })).toBe('nobody')
    expect(who({ selectors, fallback: 'any-endpoint' }, { version: '9' })).toBe(
      'e1 e2 e3 e4 e5 e6 e7',
    )
    const options: Options = {
      selectors,
      fallback: 'default-subset',
      defaultSubset: { stage: 'x' },
    }
    expect(who(options, { version: '9' })).toBe('nobody')
    expect(who({ ...options, panicModeAny: true }, { version: '9' })).toBe('e1 e2 e3 e4 e5 e6 e7')
  })

  test('a selector has its own', () => {
    const of = (fallback: 'none' | 'any-endpoint' | 'default-subset') =>
      who({ ...documented, selectors: [{ keys: ['version'], fallback }] }, { version: '9' })
    expect(of('none')).toBe('nobody')
    expect(of('any-endpoint')).toBe('e1 e2 e3 e4 e5 e6 e7')
    expect(of('default-subset')).toBe('e1 e2 e3 e4 e5 e6')
  })

  test('keys: asks again with fewer', () => {
    const options: Options = {
      selectors: [
        { keys: ['stage', 'version'], fallback: 'keys', fallbackKeys: ['stage'] },
        { keys: ['stage'], fallback: 'any-endpoint' },
      ],
    }
    expect(who(options, { stage: 'dev', version: '1.0' })).toBe('e7')
    expect(who(options, { stage: 'test', version: '1.0' })).toBe('e1 e2 e3 e4 e5 e6 e7')
  })

  test('a list in the request is tried in order', () => {
    const options: Options = { selectors, metadataFallbackList: true }
    const list = (...versions: string[]) => ({
      fallback_list: versions.map((version) => ({ version })),
    })
    expect(who(options, list('9', '1.2-pre', '1.0'))).toBe('e7')
    expect(who(options, list('9', '8'))).toBe('nobody')
    expect(who(options, { version: '1.2-pre', fallback_list: [] })).toBe('e7')
    expect(who(options, { version: '1.2-pre' })).toBe('e7')
    // Without the option it is a key like any other.
    expect(who({ selectors }, { version: '1.2-pre', fallback_list: [] })).toBe('nobody')
  })
})

describe('selectors', () => {
  test('lists stand for any of their elements, if told so', () => {
    const hosts = [host('a', { v: ['1', '2'] }), host('b', { v: '2' }), host('c', { v: ['3'] })]
    const options: Options = { selectors: [{ keys: ['v'] }] }
    const whole: Options = {
      ...options,
      fallback: 'default-subset',
      defaultSubset: { v: ['1', '2'] },
    }
    expect(who(whole, undefined, hosts)).toBe('a')
    expect(who({ ...whole, listAsAny: true }, undefined, hosts)).toBe('nobody')
    expect(who({ ...options, listAsAny: true }, { v: '1' }, hosts)).toBe('a')
    expect(who({ ...options, listAsAny: true }, { v: '2' }, hosts)).toBe('a b')
    expect(who(options, { v: '1' }, hosts)).toBe('nobody')
    expect(who(options, { v: ['1', '2'] }, hosts)).toBe('a')
  })

  test('lists multiply, up to a bound', () => {
    const many = Array.from({ length: 101 }, (_, i) => i)
    const options: Options = { selectors: [{ keys: ['v', 'w'] }], listAsAny: true }
    expect(who(options, { v: 1, w: 2 }, [host('a', { v: [0, 1], w: [2, 3] })])).toBe('a')
    expect(() => who(options, {}, [host('a', { v: many, w: many })])).toThrow(HostSetError)
  })

  test('a single host per subset is the first one', () => {
    const options: Options = { selectors: [{ keys: ['version'], singleHostPerSubset: true }] }
    expect(who(options, { version: '1.1' })).toBe('e3')
  })

  test('redundant keys are refused or left out', () => {
    const match = { version: '1.1', stage: 'prod', colour: 'red' }
    expect(who({ ...documented, fallback: 'none' }, match)).toBe('nobody')
    expect(who({ ...documented, allowRedundantKeys: true }, match)).toBe('e3 e4 e6')
    // Of selectors that fit, that with most keys counts, wherever it stands.
    const [one, both] = [{ keys: ['version'] }, { keys: ['type', 'version'] }]
    for (const selectors of [
      [one, both],
      [both, one],
    ]) {
      const options: Options = { selectors, allowRedundantKeys: true }
      expect(who(options, { version: '1.0', type: 'bigmem', stage: 'prod' })).toBe('e5')
    }
  })

  test('values are compared as JSON: 1 is not "1", order of members does not matter', () => {
    const hosts = [host('a', { v: 1 }), host('b', { v: '1' }), host('c', { v: { x: 1, y: 2 } })]
    const options: Options = { selectors: [{ keys: ['v'] }] }
    expect(who(options, { v: 1 }, hosts)).toBe('a')
    expect(who(options, { v: '1' }, hosts)).toBe('b')
    expect(who(options, { v: { y: 2, x: 1 } }, hosts)).toBe('c')
  })

  test.each([
    [{ keys: [] }],
    [{ keys: ['a', 'a'] }],
    [{ keys: ['a', 'b'], fallback: 'keys' as const }],
    [{ keys: ['a'], fallback: 'keys' as const, fallbackKeys: ['a'] }],
    [{ keys: ['a', 'b'], fallback: 'keys' as const, fallbackKeys: ['c'] }],
  ])('%j is refused', (selector) => {
    expect(() => who({ selectors: [selector] }, {})).toThrow(HostSetError)
  })
})

describe('the hosts of a subset', () => {
  const versions = { selectors: [{ keys: ['version'] }] }

  test('health counts within it: all of them unhealthy is panic', () => {
    const sick = fleet.map((it) => ({
      ...it,
      health: it.metadata?.['version'] === '1.1' ? ('unhealthy' as const) : ('healthy' as const),
    }))
    expect(who(versions, { version: '1.1' }, sick)).toBe('e3 e4 e6')
    expect(who(versions, { version: '1.1' }, sick, { panicThresholdPercent: 0 })).toBe('nobody')
  })

  test('localities keep their weights if told so, and scale them', () => {
    const old = (address: string) => host(address, { version: '1' })
    const set = hostSet(
      [
        { locality: { zone: 'a' }, weight: 1, hosts: [old('a'), host('x', {}), host('y', {})] },
        { locality: { zone: 'b' }, weight: 1, hosts: [old('b')] },
      ],
      { localityWeighted: true },
    )
    const shares = (rest: Partial<Options>) => {
      const balancer = subset(set, { ...versions, ...rest, create: (it) => roundRobin(it) })
      const context = { random: () => 0, metadataMatch: { version: '1' } }
      const counts = { a: 0, b: 0 }
      for (let i = 0; i < 400; i++) counts[balancer.pick(context)?.address as 'a' | 'b']++
      return counts
    }
    expect(shares({})).toEqual({ a: 200, b: 200 })
    expect(shares({ localityWeightAware: true })).toEqual({ a: 200, b: 200 })
    // Weights are integers: a third of 1 stays 1; of 3 there is a difference.
    expect(shares({ localityWeightAware: true, scaleLocalityWeight: true })).toEqual({
      a: 200,
      b: 200,
    })
  })

  test('an update moves hosts between subsets, keeps those that stay and drops those that are empty', () => {
    const context = (version: string) => ({ random: () => 0, metadataMatch: { version } })
    const balancer = subset(hostSet([{ hosts: fleet }]), {
      ...versions,
      create: (members) => roundRobin(members),
    })
    expect(balancer.pick(context('1.2-pre'))?.address).toBe('e7')
    balancer.update(hostSet([{ hosts: fleet.slice(0, 6) }]))
    expect(balancer.pick(context('1.2-pre'))).toBeUndefined()
    balancer.update(hostSet([{ hosts: [...fleet, host('e8', { version: '1.2-pre' })] }]))
    const again = [balancer.pick(context('1.2-pre')), balancer.pick(context('1.2-pre'))]
    expect(again.map((it) => it?.address).sort()).toEqual(['e7', 'e8'])
  })
})
