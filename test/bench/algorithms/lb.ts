import {
  type Balancer,
  type Host,
  type HostSet,
  hashOfKey,
  hostSet,
  leastRequest,
  maglev,
  ringHash,
  roundRobin,
  withHost,
} from '@meshwright/lb-algorithms'
import HashRing from 'hashring'
import createXxHash from 'xxhash-wasm'
import type { Bar } from '../bar.ts'
import { contest } from '../routes/contest.ts'
import { bytesPerCall } from './allocation.ts'
import { smoothRoundRobin } from './smooth-round-robin.ts'

/** A host as a proxy has them. */
interface BusyHost extends Host {
  readonly address: string
  activeRequests: number
}

const xxHash = await createXxHash()

/** Uniform and quick, so that the draw weighs little. */
let state = 0x9e37_79b9
function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 0x1_0000_0000
}

const context = { random }

function hostsOf(count: number): { readonly host: BusyHost; readonly weight: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    host: { address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`, activeRequests: i % 7 },
    weight: 1,
  }))
}

function alike(count: number): HostSet<BusyHost> {
  return hostSet([{ hosts: hostsOf(count) }])
}

function weighted(count: number): HostSet<BusyHost> {
  return hostSet([{ hosts: hostsOf(count).map((it, i) => ({ ...it, weight: 1 + (i % 5) })) }])
}

/** Keys as long as a UUID. */
const keys = Array.from({ length: 1024 }, (_, i) => {
  const digits = (i * 2_654_435_761).toString(16).padStart(12, '0')
  return `3f2504e0-4f89-41d3-9a0c-${digits.slice(-12)}`
})
const keyAt = (turn: number): string => keys[turn & 1023] ?? ''

/** Power of two choices beside a bare random one. */
export function choiceBars(rounds: number): Bar[] {
  const bare = hostsOf(1000).map(({ host }) => host)
  const few = leastRequest(alike(10))
  const some = leastRequest(alike(1000))
  const many = leastRequest(alike(10_000))
  const results = contest(
    [
      { name: 'bare', run: () => bare[Math.floor(random() * bare.length)] },
      { name: 'few', run: () => few.pick(context) },
      { name: 'some', run: () => some.pick(context) },
      { name: 'many', run: () => many.pick(context) },
    ],
    rounds,
  )
  const ns = (name: string): string => results.nanoseconds(name).toPrecision(3)
  return [
    {
      what: 'P2C least request, 1 000 hosts, over a bare hosts[random]',
      unit: 'x',
      atMost: 5,
      measured: results.ratio('some', 'bare'),
      detail: `${ns('some')} ns / ${ns('bare')} ns`,
    },
    {
      what: 'P2C least request, 10 000 hosts over 10',
      unit: 'x',
      atMost: 1.4,
      measured: results.ratio('many', 'few'),
      detail: `${ns('many')} ns / ${ns('few')} ns`,
    },
  ]
}

/** Turns by weight beside the O(N) smooth ones. */
export function turnBars(rounds: number): Bar[] {
  const some = roundRobin(weighted(1000))
  const many = roundRobin(weighted(10_000))
  const smooth = smoothRoundRobin(Array.from({ length: 1000 }, (_, i) => 1 + (i % 5)))
  const results = contest(
    [
      { name: 'some', run: () => some.pick(context) },
      { name: 'many', run: () => many.pick(context) },
      { name: 'smooth', run: () => smooth() },
    ],
    rounds,
  )
  const ns = (name: string): string => results.nanoseconds(name).toPrecision(3)
  return [
    {
      what: 'weighted round robin, 1 000 hosts, against smooth O(N)',
      unit: 'x',
      atLeast: 30,
      measured: results.ratio('smooth', 'some'),
      detail: `${ns('smooth')} ns / ${ns('some')} ns`,
    },
    {
      what: 'weighted round robin, 10 000 hosts over 1 000',
      unit: 'x',
      atMost: 2.5,
      measured: results.ratio('many', 'some'),
      detail: `${ns('many')} ns / ${ns('some')} ns`,
    },
  ]
}

/** Maglev and its hash beside xxhash-wasm. */
export function maglevBars(rounds: number): Bar[] {
  const table = maglev(alike(1000))
  table.pick(context)
  const results = contest(
    [
      { name: 'hash', run: (turn) => hashOfKey(keyAt(turn)) },
      { name: 'pick', run: (turn) => table.pick({ random, hash: hashOfKey(keyAt(turn)) }) },
      { name: 'wasm', run: (turn) => xxHash.h64(keyAt(turn)) },
    ],
    rounds,
  )
  const ns = (name: string): string => results.nanoseconds(name).toPrecision(3)
  return [
    {
      what: 'Maglev pick, hash of a 36-byte key included, over that hash',
      unit: 'x',
      atMost: 1.2,
      measured: results.ratio('pick', 'hash'),
      detail: `${ns('pick')} ns / ${ns('hash')} ns`,
    },
    {
      what: 'xxHash64 of a 36-byte key over xxhash-wasm',
      unit: 'x',
      atMost: 4,
      measured: results.ratio('hash', 'wasm'),
      detail: `${ns('hash')} ns / ${ns('wasm')} ns`,
    },
  ]
}

/** Tables and rings for 1 000 hosts beside npm hashring. */
export function buildBars(rounds: number): Bar[] {
  const set = alike(1000)
  const addresses = Array.from(set.hosts, ({ host }) => host.address)
  // hashring places about 160 points for each host, libketama's number; so many does our ring.
  const build = (balancer: Balancer<BusyHost>): unknown => balancer.pick(context)
  const results = contest(
    [
      { name: 'table', run: () => build(maglev(set)) },
      { name: 'ring', run: () => build(ringHash(set, { minRingSize: 160_000 })) },
      { name: 'hashring', run: () => new HashRing(addresses) },
    ],
    rounds,
  )
  const ms = (name: string): string => (results.nanoseconds(name) / 1e6).toPrecision(3)
  return [
    {
      what: 'Maglev table of 65 537 for 1 000 hosts over a ring of npm hashring',
      unit: 'x',
      atMost: 1 / 60,
      measured: results.ratio('table', 'hashring'),
      detail: `${ms('table')} ms / ${ms('hashring')} ms`,
    },
    {
      what: 'ring of 160 000 for 1 000 hosts against npm hashring',
      unit: 'x',
      atLeast: 2.5,
      measured: results.ratio('hashring', 'ring'),
      detail: `${ms('hashring')} ms / ${ms('ring')} ms`,
    },
  ]
}

/** A pick in the largest ring beside a small one, the hash of a 36-byte key included; a place is hardly ever visited twice. */
export function ringBars(rounds: number): Bar[] {
  const set = alike(1000)
  const small = ringHash(set, { minRingSize: 100_000 })
  const large = ringHash(set, { minRingSize: 8_388_608 })
  const pickFrom = (balancer: Balancer<BusyHost>) => (): unknown => {
    const [high, low] = hashOfKey(keyAt(random() * 1024))
    // 1 024 keys would stay in the caches: every pick goes elsewhere.
    return balancer.pick({ random, hash: [(high ^ (random() * 0x1_0000_0000)) >>> 0, low] })
  }
  const hash: [number, number] = [0, 0]
  const hashed = { random, hash }
  const bareFrom = (balancer: Balancer<BusyHost>) => (): unknown => {
    hash[0] = (random() * 0x1_0000_0000) >>> 0
    return balancer.pick(hashed)
  }
  const results = contest(
    [
      { name: 'small', run: pickFrom(small) },
      { name: 'large', run: pickFrom(large) },
      { name: 'small, hashed', run: bareFrom(small) },
      { name: 'large, hashed', run: bareFrom(large) },
    ],
    rounds,
  )
  const ns = (name: string): string => results.nanoseconds(name).toPrecision(3)
  return [
    {
      what: 'ring hash pick, hash of a 36-byte key included, 8 million places over 100 000',
      unit: 'x',
      atMost: 2,
      measured: results.ratio('large', 'small'),
      detail: `${ns('large')} ns / ${ns('small')} ns; without the hash ${ns('large, hashed')} ns / ${ns('small, hashed')} ns`,
    },
  ]
}

/** One endpoint more for 10 000, up to the next pick, beside building the set anew. */
export function growthBars(rounds: number): Bar[] {
  const hosts = hostsOf(10_000)
  const [one] = hostsOf(1)
  if (one === undefined) throw new Error('one host')
  const before = hostSet([{ hosts }])
  const bars: Bar[] = []
  for (const [name, create] of [
    ['round robin', roundRobin<BusyHost>],
    ['P2C', leastRequest<BusyHost>],
  ] as const) {
    const grown = create(before)
    const anew = create(before)
    let set = before
    const results = contest(
      [
        {
          name: 'grow',
          run: (turn) => {
            // From the beginning now and then, so that it stays at about 10 000.
            set = withHost(turn % 100 === 0 ? before : set, one)
            grown.update(set)
            return grown.pick(context)
          },
        },
        {
          name: 'anew',
          run: () => {
            anew.update(hostSet([{ hosts: [...hosts, one] }]))
            return anew.pick(context)
          },
        },
      ],
      rounds,
    )
    const us = (who: string): string => (results.nanoseconds(who) / 1000).toPrecision(3)
    bars.push({
      what: `${name}, one endpoint added to 10 000, of building the set anew`,
      unit: '%',
      atMost: 1,
      measured: 100 * results.ratio('grow', 'anew'),
      detail: `${us('grow')} µs / ${us('anew')} µs`,
    })
  }
  return bars
}

/** Bytes that a pick allocates. */
export function pickAllocationBars(): Bar[] {
  const hash: [number, number] = [0x1234_5678, 0x9abc_def0]
  const policies: Readonly<Record<string, Balancer<BusyHost>>> = {
    'round robin': roundRobin(alike(1000)),
    'weighted round robin': roundRobin(weighted(1000)),
    P2C: leastRequest(alike(1000)),
    'ring hash': ringHash(alike(1000)),
    Maglev: maglev(alike(1000)),
  }
  const hashed = { random, hash }
  const bars = Object.entries(policies).map(([name, balancer]) => ({
    what: `allocation of a ${name} pick`,
    unit: 'bytes' as const,
    atMost: 0,
    measured: bytesPerCall(() => balancer.pick(hashed)),
    detail: 'over 10 million calls',
  }))
  const planted = {
    what: 'a planted object per pick is seen',
    unit: 'bytes' as const,
    atLeast: 12,
    measured: bytesPerCall(() => ({ host: policies['P2C']?.pick(hashed) })),
    detail: 'over 10 million calls',
  }
  return [...bars, planted]
}
