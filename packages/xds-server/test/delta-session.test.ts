import { expect, test } from 'vitest'
import { typeUrls } from '../src/resource-type.ts'
import { type DueResponse, Session } from '../src/session.ts'
import { message, type Plan, wireSet } from './resources.ts'

function session(plan: Plan): Session {
  return new Session('delta', wireSet(plan), { maxNamesPerType: 9, maxTypes: 9, noncePrefix: '' })
}

/** A response in the words of the tests: its type, what it brings, and after a minus what is gone. */
function said(response: DueResponse | undefined): string | undefined {
  if (response === undefined) return undefined
  const kind = Object.entries(typeUrls).find(([, url]) => url === response.typeUrl)?.[0]
  const resources = response.content.resources.map(({ name, version }) => `${name}@${version}`)
  return [`${kind}:`, ...resources, ...response.content.removed.map((name) => `-${name}`)].join(' ')
}

const ack = (response: DueResponse | undefined) => ({ nonce: response?.nonce ?? '' })

test('answers a first request without names with all clusters, then sends only what changed', () => {
  const it = session({ cluster: { a: '1', b: '1' } })
  it.receive(message('cluster'), 0)
  const first = it.next(0)
  expect(said(first)).toBe('cluster: a@1 b@1')
  it.receive(message('cluster', ack(first)), 0)
  expect(it.settled).toBe(true)

  it.update(wireSet({ cluster: { a: '1', b: '2', c: '1' } }))

  expect(said(it.next(0))).toBe('cluster: b@2 c@1')
})

test('answers a first request even if there is nothing', () => {
  const it = session({})

  it.receive(message('listener'), 0)

  expect(said(it.next(0))).toBe('listener:')
})

test('says of a name that never existed that it is gone, and brings it when it comes', () => {
  const it = session({ endpoint: { a: '1' } })
  it.receive(message('endpoint', { subscribe: ['a', 'ghost'] }), 0)
  const first = it.next(0)
  expect(said(first)).toBe('endpoint: a@1 -ghost')
  it.receive(message('endpoint', ack(first)), 0)

  it.update(wireSet({ endpoint: { a: '1', ghost: '1' } }))

  expect(said(it.next(0))).toBe('endpoint: ghost@1')
})

test('spares a reconnecting client what it has, and takes back what is gone', () => {
  const it = session({ listener: { a: '1', b: '2' } })

  it.receive(
    message('listener', {
      initialVersions: new Map([
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ]),
    }),
    0,
  )

  expect(said(it.next(0))).toBe('listener: b@2 -c')
})

test('sends a reconnecting client the endpoints that it names all the same', () => {
  const it = session({ endpoint: { a: '1' } })

  it.receive(message('endpoint', { subscribe: ['a'], initialVersions: new Map([['a', '1']]) }), 0)

  expect(said(it.next(0))).toBe('endpoint: a@1')
})

test('answers a name that is asked for again', () => {
  const it = session({ route: { a: '1', b: '1' } })
  it.receive(message('route', { subscribe: ['a', 'b'] }), 0)
  it.receive(message('route', ack(it.next(0))), 0)

  it.receive(message('route', { subscribe: ['a'] }), 0)

  expect(said(it.next(0))).toBe('route: a@1')
})

test('honours names in a request whose nonce is out of date', () => {
  const it = session({ route: { a: '1', b: '1' } })
  it.receive(message('route', { subscribe: ['a'] }), 0)
  it.receive(message('route', ack(it.next(0))), 0)
  it.update(wireSet({ route: { a: '2', b: '1' } }))
  const second = it.next(0)

  expect(it.receive(message('route', { nonce: '1', subscribe: ['b'] }), 0)).toBe('stale')

  expect(it.next(0)).toBeUndefined()
  it.receive(message('route', ack(second)), 0)
  expect(said(it.next(0))).toBe('route: b@1')
})

test('forgets a name that is given up', () => {
  const it = session({ route: { a: '1' } })
  it.receive(message('route', { subscribe: ['a'] }), 0)
  it.receive(message('route', ack(it.next(0))), 0)

  it.receive(message('route', { unsubscribe: ['a'] }), 0)
  it.update(wireSet({ route: { a: '2' } }))

  expect(it.next(0)).toBeUndefined()
})

test('answers a name that is given up while the wildcard still covers it', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster', { subscribe: ['*', 'a', 'ghost'] }), 0)
  it.receive(message('cluster', ack(it.next(0))), 0)

  it.receive(message('cluster', { unsubscribe: ['a', 'ghost'] }), 0)

  expect(said(it.next(0))).toBe('cluster: a@1 -ghost')
})

test('goes on with the legacy wildcard beside names, until it is given up', () => {
  const it = session({ cluster: { a: '1', b: '1' } })
  it.receive(message('cluster'), 0)
  it.receive(message('cluster', ack(it.next(0))), 0)

  it.receive(message('cluster', { subscribe: ['a'] }), 0)
  it.receive(message('cluster', ack(it.next(0))), 0)
  it.update(wireSet({ cluster: { a: '1', b: '2' } }))
  const second = it.next(0)
  expect(said(second)).toBe('cluster: b@2')
  it.receive(message('cluster', ack(second)), 0)

  it.receive(message('cluster', { unsubscribe: ['*'] }), 0)
  it.update(wireSet({ cluster: { a: '2', b: '3' } }))
  const third = it.next(0)
  expect(said(third)).toBe('cluster: a@2')
  it.receive(message('cluster', ack(third)), 0)

  it.receive(message('cluster', { unsubscribe: ['a'] }), 0)
  it.update(wireSet({ cluster: { a: '3', b: '4' } }))
  expect(it.next(0)).toBeUndefined()
})

test('ends the explicit wildcard when it is given up, and keeps the names', () => {
  const it = session({ cluster: { a: '1', b: '1' } })
  it.receive(message('cluster', { subscribe: ['*', 'a'] }), 0)
  it.receive(message('cluster', ack(it.next(0))), 0)

  it.receive(message('cluster', { unsubscribe: ['*'] }), 0)
  it.update(wireSet({ cluster: { a: '2', b: '2' } }))

  expect(said(it.next(0))).toBe('cluster: a@2')
})

test('keeps the reason of a NACK and waits for other resources', () => {
  const it = session({ cluster: { a: '1' } })
  it.receive(message('cluster'), 0)
  const error = { code: 13, message: 'no' }

  expect(it.receive(message('cluster', { ...ack(it.next(0)), error }), 0)).toBe('nack')

  expect(it.subscriptions[0]?.delivery.rejection).toMatchObject(error)
  expect(it.next(0)).toBeUndefined()
  it.update(wireSet({ cluster: { a: '2' } }))
  expect(said(it.next(0))).toBe('cluster: a@2')
})

test('sends endpoints again after a push of their cluster although they are the same', () => {
  const it = session({ cluster: { a: '1', b: '1' }, endpoint: { a: '1', b: '1' } })
  it.receive(message('cluster'), 0)
  it.receive(message('cluster', ack(it.next(0))), 0)
  it.receive(message('endpoint', { subscribe: ['a', 'b'] }), 0)
  it.receive(message('endpoint', ack(it.next(0))), 0)

  it.update(wireSet({ cluster: { a: '2', b: '1' }, endpoint: { a: '1', b: '1' } }))

  const clusters = it.next(0)
  expect(said(clusters)).toBe('cluster: a@2')
  expect(said(it.next(0))).toBe('endpoint: a@1')
})

test('takes clusters back after the routes that named them, and their endpoints after that', () => {
  const before = { cluster: { old: '1' }, endpoint: { old: '1' }, route: { r: '1' } }
  const it = session(before)
  it.receive(message('cluster'), 0)
  it.receive(message('cluster', ack(it.next(0))), 0)
  it.receive(message('endpoint', { subscribe: ['old'] }), 0)
  it.receive(message('endpoint', ack(it.next(0))), 0)
  it.receive(message('route', { subscribe: ['r'] }), 0)
  it.receive(message('route', ack(it.next(0))), 0)

  it.update(wireSet({ cluster: { fresh: '1' }, endpoint: { fresh: '1' }, route: { r: '2' } }))

  const order: (string | undefined)[] = []
  for (let response = it.next(0); response !== undefined; response = it.next(0)) {
    order.push(said(response))
    expect(it.next(0)).toBeUndefined()
    it.receive({ ...message('cluster', ack(response)), typeUrl: response.typeUrl }, 0)
  }
  expect(order).toEqual(['cluster: fresh@1', 'route: r@2', 'cluster: -old', 'endpoint: -old'])
})

test('leaves a type alone that it does not serve', () => {
  const it = session({})

  it.receive(message('secret', { subscribe: ['default'] }), 0)

  expect(it.next(0)).toBeUndefined()
})

test('repeats the good resources of a refused response with the next change', () => {
  const it = session({ route: { bad: '1', good: '1' } })
  it.receive(message('route', { subscribe: ['bad', 'good'] }), 0)
  const error = { code: 13, message: 'bad: no' }
  it.receive(message('route', { ...ack(it.next(0)), error }), 0)

  it.update(wireSet({ route: { bad: '2', good: '1' } }))

  expect(said(it.next(0))).toBe('route: bad@2 good@1')
})
