import { expect, test } from 'vitest'
import { typeUrls } from '../src/resource-type.ts'
import { type DueResponse, Session } from '../src/session.ts'
import { message, type Plan, wireSet } from './resources.ts'

const limits = { maxNamesPerType: 3, maxTypes: 2, noncePrefix: '' }

function session(plan: Plan, options = { ...limits, maxTypes: 9 }): Session {
  return new Session('sotw', wireSet(plan), options)
}

/** A response in the words of the tests: its type, what it lists. */
function said(response: DueResponse | undefined): string | undefined {
  if (response === undefined) return undefined
  const kind = Object.entries(typeUrls).find(([, url]) => url === response.typeUrl)?.[0]
  const resources = response.content.resources.map(({ name, version }) => `${name}@${version}`)
  return `${kind}: ${resources.join(' ')}`
}

test('answers a first request without names with all clusters', () => {
  const it = session({ cluster: { a: '1', b: '1' } })

  it.receive(message('cluster'), 0)

  expect(said(it.next(0))).toBe('cluster: a@1 b@1')
  expect(it.next(0)).toBeUndefined()
  expect(it.settled).toBe(false)
})

test('answers a first request even if there is nothing, so that the client can go on', () => {
  const it = session({})

  it.receive(message('cluster'), 0)

  expect(said(it.next(0))).toBe('cluster: ')
})

test('answers the first request of a stream although its version is the same', () => {
  const it = session({ cluster: { a: '1' } })

  it.receive(message('cluster', { nonce: 'of-an-earlier-stream' }), 0)

  expect(said(it.next(0))).toBe('cluster: a@1')
})

test('is settled by an ACK and says what was accepted', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster'), 0)
  const response = it.next(5)

  expect(it.receive(message('cluster', { nonce: response?.nonce ?? '' }), 7)).toBe('ack')

  expect(it.settled).toBe(true)
  expect(it.subscriptions[0]?.delivery.accepted).toEqual({
    nonce: '1',
    version: response?.content.version,
    atWallMs: 7,
  })
  expect(it.next(0)).toBeUndefined()
})

test('keeps the reason of a NACK and waits for other resources', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster'), 0)
  it.next(0)

  const error = { code: 13, message: 'a: no' }
  expect(it.receive(message('cluster', { nonce: '1', error }), 0)).toBe('nack')

  expect(it.subscriptions[0]?.delivery.rejection).toMatchObject(error)
  expect(it.subscriptions[0]?.delivery.accepted).toBeUndefined()
  expect(it.next(0)).toBeUndefined()
  it.update(wireSet({ cluster: { a: '2' } }))
  expect(said(it.next(0))).toBe('cluster: a@2')
})

test('does not take a later request with the refused nonce for an ACK', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster'), 0)
  it.next(0)
  it.receive(message('cluster', { nonce: '1', error: { code: 13, message: 'no' } }), 0)

  expect(it.receive(message('cluster', { nonce: '1' }), 0)).toBe('repeat')

  expect(it.subscriptions[0]?.delivery.accepted).toBeUndefined()
  expect(it.next(0)).toBeUndefined()
})

test('ignores a request with an outdated nonce, its names included', () => {
  const it = session({ endpoint: { a: '1', b: '1' } })
  it.receive(message('endpoint', { subscribe: ['a'] }), 0)
  it.next(0)
  it.receive(message('endpoint', { subscribe: ['a'], nonce: '1' }), 0)
  it.update(wireSet({ endpoint: { a: '2', b: '1' } }))
  it.next(0)

  const outdated = message('endpoint', { subscribe: ['a', 'b'], nonce: '1' })
  expect(it.receive(outdated, 0)).toBe('stale')

  expect([...(it.subscriptions[0]?.interest.names ?? [])]).toEqual(['a'])
})

test('sends only the endpoints that changed or are newly wanted', () => {
  const it = session({ endpoint: { a: '1', b: '1', c: '1' } })
  it.receive(message('endpoint', { subscribe: ['a', 'b'] }), 0)
  expect(said(it.next(0))).toBe('endpoint: a@1 b@1')
  it.receive(message('endpoint', { subscribe: ['a', 'b', 'c'], nonce: '1' }), 0)
  expect(said(it.next(0))).toBe('endpoint: c@1')
  it.receive(message('endpoint', { subscribe: ['a', 'b', 'c'], nonce: '2' }), 0)

  it.update(wireSet({ endpoint: { a: '1', b: '2', c: '1' } }))

  expect(said(it.next(0))).toBe('endpoint: b@2')
})

test('says nothing when names are only given up', () => {
  const it = session({ endpoint: { a: '1', b: '1' } })
  it.receive(message('endpoint', { subscribe: ['a', 'b'] }), 0)
  it.next(0)

  it.receive(message('endpoint', { subscribe: ['b'], nonce: '1' }), 0)

  expect(it.next(0)).toBeUndefined()
  it.update(wireSet({ endpoint: { a: '2', b: '1' } }))
  expect(it.next(0)).toBeUndefined()
})

test('says nothing when names are given up in a request of their own, as Envoy does when a cluster goes', () => {
  const it = session({ endpoint: { a: '1', b: '1' } })
  it.receive(message('endpoint', { subscribe: ['a', 'b'] }), 0)
  it.next(0)
  it.receive(message('endpoint', { subscribe: ['a', 'b'], nonce: '1' }), 0)

  expect(it.receive(message('endpoint', { subscribe: ['b'], nonce: '1' }), 0)).toBe('repeat')

  expect(it.next(0)).toBeUndefined()
})

test('repeats the good resources of a refused response with the next change', () => {
  const it = session({ route: { bad: '1', good: '1' } })
  it.receive(message('route', { subscribe: ['bad', 'good'] }), 0)
  it.next(0)
  const error = { code: 13, message: 'bad: no' }
  it.receive(message('route', { subscribe: ['bad', 'good'], nonce: '1', error }), 0)

  it.update(wireSet({ route: { bad: '2', good: '1' } }))

  expect(said(it.next(0))).toBe('route: bad@2 good@1')
})

test('waits with endpoints that do not exist until they do', () => {
  const it = session({})
  it.receive(message('endpoint', { subscribe: ['a'] }), 0)
  expect(it.next(0)).toBeUndefined()

  it.update(wireSet({ endpoint: { a: '1' } }))

  expect(said(it.next(0))).toBe('endpoint: a@1')
})

test('sends nothing while a response is in flight, and then the latest state at once', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster'), 0)
  it.next(0)
  it.update(wireSet({ cluster: { a: '2' } }))
  it.update(wireSet({ cluster: { a: '3', b: '1' } }))
  expect(it.next(0)).toBeUndefined()

  it.receive(message('cluster', { nonce: '1' }), 0)

  expect(said(it.next(0))).toBe('cluster: a@3 b@1')
})

test('understands the explicit wildcard beside names and its end', () => {
  const it = session({ cluster: { a: '1', b: '1' } })
  it.receive(message('cluster', { subscribe: ['*', 'a'] }), 0)
  expect(said(it.next(0))).toBe('cluster: a@1 b@1')

  it.receive(message('cluster', { subscribe: ['a'], nonce: '1' }), 0)
  it.update(wireSet({ cluster: { a: '1', b: '2' } }))

  expect(it.next(0)).toBeUndefined()
})

test('takes an empty list for no names at all once names were sent', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster', { subscribe: ['a'] }), 0)
  it.next(0)

  it.receive(message('cluster', { nonce: '1' }), 0)
  it.update(wireSet({ cluster: { a: '2' } }))

  expect(it.next(0)).toBeUndefined()
})

test('repeats the endpoints of a client that repeats its ACK, as Envoy does when a cluster warms again', () => {
  const it = session({ endpoint: { a: '1' } })
  it.receive(message('endpoint', { subscribe: ['a'] }), 0)
  it.next(0)
  it.receive(message('endpoint', { subscribe: ['a'], nonce: '1' }), 0)
  expect(it.next(0)).toBeUndefined()

  it.receive(message('endpoint', { subscribe: ['a'], nonce: '1' }), 0)

  expect(said(it.next(0))).toBe('endpoint: a@1')
})

test('refuses more names and more types than the limits allow', () => {
  const it = session({}, limits)
  const names = ['a', 'b', 'c', 'd']

  expect(() => it.receive(message('endpoint', { subscribe: names }), 0)).toThrow(
    'ERR_XDS_SERVER_TOO_MANY_NAMES',
  )
  it.receive(message('cluster'), 0)
  expect(() => it.receive(message('route'), 0)).toThrow('ERR_XDS_SERVER_TOO_MANY_TYPES')
})

/** A client that wants everything and has accepted `plan`. */
function accepted(plan: Required<Omit<Plan, 'secret'>>): {
  it: Session
  ack: (response?: DueResponse) => void
} {
  const it = session(plan)
  const kinds = ['cluster', 'endpoint', 'listener', 'route'] as const
  const namesOf = (kind: (typeof kinds)[number]) =>
    kind === 'endpoint' || kind === 'route' ? Object.keys(plan[kind]) : []
  const ack = (response?: DueResponse) => {
    const kind = kinds.find((name) => typeUrls[name] === response?.typeUrl) ?? 'cluster'
    it.receive(message(kind, { nonce: response?.nonce ?? '', subscribe: namesOf(kind) }), 0)
  }
  for (const kind of kinds) {
    it.receive(message(kind, { subscribe: namesOf(kind) }), 0)
    const answer = it.next(0)
    if (answer !== undefined) ack(answer)
  }
  return { it, ack }
}

test('pushes make before break, each type after the one before was answered, removals last', () => {
  const { it, ack } = accepted({
    cluster: { old: '1' },
    endpoint: { old: '1' },
    listener: { l: '1' },
    route: { r: '1' },
  })

  it.update(
    wireSet({
      cluster: { fresh: '1' },
      endpoint: { fresh: '1' },
      listener: { l: '2' },
      route: { r: '2' },
    }),
  )

  const order: (string | undefined)[] = []
  for (let response = it.next(0); response !== undefined; response = it.next(0)) {
    order.push(said(response))
    expect(it.next(0)).toBeUndefined()
    ack(response)
  }
  expect(order).toEqual([
    'cluster: fresh@1 old@1',
    'listener: l@2',
    'route: r@2',
    'cluster: fresh@1',
  ])
  expect(it.settled).toBe(true)
})

test('keeps a cluster that is gone as long as the client refuses the routes without it', () => {
  const { it, ack } = accepted({
    cluster: { a: '1', old: '1' },
    endpoint: {},
    listener: { l: '1' },
    route: { r: '1' },
  })
  it.update(wireSet({ cluster: { a: '1' }, listener: { l: '1' }, route: { r: '2' } }))
  const routes = it.next(0)
  expect(said(routes)).toBe('route: r@2')

  const error = { code: 13, message: 'no' }
  it.receive(message('route', { nonce: routes?.nonce ?? '', subscribe: ['r'], error }), 0)
  expect(it.next(0)).toBeUndefined()
  it.update(wireSet({ cluster: { a: '1' }, listener: { l: '1' }, route: { r: '3' } }))
  ack(it.next(0))

  expect(said(it.next(0))).toBe('cluster: a@1')
})

test('sends the endpoints of a changed cluster again although they are the same, with it: Envoy answers clusters only when they are ready', () => {
  const { it } = accepted({
    cluster: { a: '1', b: '1' },
    endpoint: { a: '1', b: '1' },
    listener: {},
    route: {},
  })

  it.update(wireSet({ cluster: { a: '2', b: '1' }, endpoint: { a: '1', b: '1' } }))

  expect(said(it.next(0))).toBe('cluster: a@2 b@1')
  expect(said(it.next(0))).toBe('endpoint: a@1')
})

test('does not wait for a cluster for ever that does not get ready', () => {
  const { it } = accepted({
    cluster: { a: '1' },
    endpoint: {},
    listener: { l: '1' },
    route: {},
  })
  it.update(wireSet({ cluster: { a: '2' }, listener: { l: '2' } }))
  expect(said(it.next(1_000))).toBe('cluster: a@2')
  expect(it.next(1_000)).toBeUndefined()

  expect(it.dueAtMs).toBe(6_000)
  expect(it.next(5_999)).toBeUndefined()

  expect(said(it.next(6_000))).toBe('listener: l@2')
  expect(it.dueAtMs).toBeUndefined()
})
