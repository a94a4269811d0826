import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFullState, typeUrls } from '../src/resource-type.ts'
import { type DueResponse, Session, type Variant } from '../src/session.ts'
import { message, type Plan, wireSet } from './resources.ts'

type Kind = 'cluster' | 'endpoint' | 'listener' | 'route'
const kinds: readonly Kind[] = ['cluster', 'endpoint', 'listener', 'route']
const names = ['a', 'b', 'c']

/** What can happen between a server and a client. */
type Step =
  | { readonly what: 'update'; readonly plan: Plan }
  | { readonly what: 'want'; readonly kind: Kind; readonly names: readonly string[] }
  | { readonly what: 'accept' | 'refuse' }

/** A client by the book: it applies what it accepts, and its requests cross with responses. */
class ModelClient {
  readonly #variant: Variant
  readonly #session: Session
  readonly #inbox: DueResponse[] = []
  readonly #nonces = new Map<Kind, string>()
  readonly #wanted = new Map<Kind, ReadonlySet<string>>()
  readonly has = new Map<Kind, Map<string, string>>()

  constructor(variant: Variant, session: Session) {
    this.#variant = variant
    this.#session = session
  }

  /** The names it wants; all of them for a full-state type that it asked for without names. */
  wants(kind: Kind, name: string): boolean {
    const wanted = this.#wanted.get(kind)
    return wanted !== undefined && (wanted.has(name) || wanted.has('*'))
  }

  want(kind: Kind, list: readonly string[]): void {
    const before = this.#wanted.get(kind)
    const next = new Set(isFullState(typeUrls[kind]) && before === undefined ? ['*'] : list)
    this.#wanted.set(kind, next)
    const dropped = [...(this.has.get(kind)?.keys() ?? [])].filter(
      (name) => !this.wants(kind, name),
    )
    for (const name of dropped) this.has.get(kind)?.delete(name)
    if (this.#variant === 'sotw')
      this.#send(kind, { subscribe: [...next], nonce: this.#nonces.get(kind) ?? '' })
    else {
      const subscribe = [...next].filter((name) => before?.has(name) !== true)
      const unsubscribe = [...(before ?? [])].filter((name) => !next.has(name))
      this.#send(kind, { subscribe, unsubscribe })
    }
    this.collect()
  }

  /** Takes the oldest response that it has not looked at yet. */
  answer(accepts: boolean): void {
    const response = this.#inbox.shift()
    if (response === undefined) return
    const kind = kinds.find((it) => typeUrls[it] === response.typeUrl) ?? 'cluster'
    this.#nonces.set(kind, response.nonce)
    if (accepts) this.#apply(kind, response)
    const subscribe = this.#variant === 'sotw' ? [...(this.#wanted.get(kind) ?? [])] : []
    const error = accepts ? {} : { error: { code: 3, message: 'no' } }
    this.#send(kind, { subscribe, nonce: response.nonce, ...error })
    this.collect()
  }

  /** The server writes what is due. */
  collect(): void {
    for (let it = this.#session.next(0); it !== undefined; it = this.#session.next(0))
      this.#inbox.push(it)
    const inFlight = this.#inbox.map(({ typeUrl }) => typeUrl)
    expect(new Set(inFlight).size).toBe(inFlight.length)
  }

  get idle(): boolean {
    return this.#inbox.length === 0
  }

  #send(kind: Kind, parts: Parameters<typeof message>[1]): void {
    this.#session.receive(message(kind, parts), 0)
  }

  #apply(kind: Kind, { content }: DueResponse): void {
    const isWhole = this.#variant === 'sotw' && isFullState(typeUrls[kind])
    const has = isWhole ? new Map<string, string>() : (this.has.get(kind) ?? new Map())
    for (const { name, version } of content.resources)
      if (this.wants(kind, name)) has.set(name, version)
    for (const name of content.removed) has.delete(name)
    this.has.set(kind, has)
  }
}

const versions = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'))
const plan: fc.Arbitrary<Plan> = fc.record({
  cluster: versions,
  endpoint: versions,
  listener: versions,
  route: versions,
})
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant('update' as const), plan }),
  fc.record({
    what: fc.constant('want' as const),
    kind: fc.constantFrom(...kinds),
    names: fc.subarray(names),
  }),
  fc.record({ what: fc.constantFrom('accept' as const, 'accept' as const, 'refuse' as const) }),
)

type FullPlan = Required<Omit<Plan, 'secret'>>

function play(
  variant: Variant,
  { first, steps }: { readonly first: Plan; readonly steps: readonly Step[] },
  lastOf: (plan: Plan) => FullPlan,
): { readonly client: ModelClient; readonly last: FullPlan } {
  const session = new Session(variant, wireSet(first), {
    maxNamesPerType: 9,
    maxTypes: 9,
    noncePrefix: '',
  })
  const client = new ModelClient(variant, session)
  let current = first
  for (const it of steps) {
    if (it.what === 'update') {
      current = it.plan
      session.update(wireSet(it.plan))
      client.collect()
    } else if (it.what === 'want') client.want(it.kind, it.names)
    else client.answer(it.what === 'accept')
  }
  // In the end there is something new everywhere, and the client accepts all that comes.
  const last = lastOf(current)
  session.update(wireSet(last))
  client.collect()
  for (let i = 0; i < 100 && !client.idle; i++) client.answer(true)
  expect(client.idle).toBe(true)
  expect(session.settled).toBe(true)
  return { client, last }
}

const lastPlan: FullPlan = {
  cluster: { a: '9', b: '9' },
  endpoint: { a: '9', b: '9' },
  listener: { a: '9' },
  route: { c: '9' },
}

/** What was there before, and one more of everything. */
function oneMore(plan: Plan): FullPlan {
  const added = kinds.map((kind) => [kind, { ...plan[kind], d: '9' }])
  return Object.fromEntries(added) as FullPlan
}

for (const variant of ['sotw', 'delta'] as const) {
  for (const [change, lastOf] of [
    ['everything changes', () => lastPlan],
    ['little changes', oneMore],
  ] as const) {
    test(`${variant}, ${change} in the end: a client that accepts then has what it should, and at most one response of a type is under way`, () => {
      fc.assert(
        fc.property(plan, fc.array(step, { maxLength: 40 }), (first, steps) => {
          const { client, last } = play(variant, { first, steps }, lastOf)
          for (const kind of kinds) {
            const due = Object.entries(last[kind]).filter(([name]) => client.wants(kind, name))
            const has = [...(client.has.get(kind) ?? [])]
            // Absence deletes nothing of these: what is no more stays until nobody refers to it.
            const deletes = variant === 'delta' || isFullState(typeUrls[kind])
            const held = deletes ? has : has.filter(([name]) => name in last[kind])
            expect(held.sort()).toEqual(due.sort())
          }
        }),
        { numRuns: 1_000 },
      )
    })
  }
}

test('sotw: a name that was let go and asked for again while a response was under way is sent again', () => {
  const none = { cluster: {}, endpoint: {}, listener: {} }
  const steps: Step[] = [
    { what: 'want', kind: 'route', names: ['a', 'b'] },
    { what: 'update', plan: { ...none, route: { b: '3' } } },
    { what: 'accept' },
    { what: 'update', plan: { ...none, route: { a: '1', b: '3' } } },
    { what: 'want', kind: 'route', names: [] },
    { what: 'want', kind: 'route', names: ['b'] },
  ]

  const { client } = play('sotw', { first: { ...none, route: {} }, steps }, oneMore)

  expect([...(client.has.get('route') ?? [])]).toContainEqual(['b', '3'])
})
