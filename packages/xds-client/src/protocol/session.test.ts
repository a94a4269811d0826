import { describe, expect, test } from 'vitest'
import { typeUrls } from '../resource-type.ts'
import { DeltaSession } from './delta-session.ts'
import type { HeldVersions } from './session.ts'
import { SotwSession } from './sotw-session.ts'

const node = { id: 'n' }
const held: HeldVersions = {
  responseVersion: (type) => (type === 'cds' ? '7' : ''),
  resourceVersions: (type) => new Map(type === 'cds' ? [['a', 'v1']] : []),
}

describe('state of the world', () => {
  test('the first request states the version held, and names nothing for everything', () => {
    expect(new SotwSession(node, true, held).subscribe('cds', '*')).toEqual([
      { node, typeUrl: typeUrls.cds, versionInfo: '7', resourceNames: [], responseNonce: '' },
    ])
  })

  test('a changed subscription repeats all names with the last nonce; an unchanged one is not sent', () => {
    const session = new SotwSession(node, true, held)
    session.subscribe('eds', ['a'])
    session.answer('eds', 'n1', undefined)

    expect(session.subscribe('eds', ['a', 'b'])).toEqual([
      { typeUrl: typeUrls.eds, versionInfo: '', resourceNames: ['a', 'b'], responseNonce: 'n1' },
    ])
    expect(session.subscribe('eds', ['a', 'b'])).toEqual([])
    expect(session.subscribe('eds', [])).toHaveLength(1)
  })

  test('nothing is asked for by name before there is a name', () => {
    expect(new SotwSession(node, true, held).subscribe('eds', [])).toEqual([])
  })

  test('a NACK keeps the version accepted before and carries the reason', () => {
    const session = new SotwSession(node, true, held)
    session.subscribe('cds', '*')

    expect(session.answer('cds', 'n1', 'no good')).toMatchObject({
      versionInfo: '7',
      responseNonce: 'n1',
      errorDetail: { code: 3, message: 'no good' },
    })
  })

  test('the node goes with every request unless the first is enough', () => {
    const session = new SotwSession(node, false, held)
    const requests = [...session.subscribe('cds', '*'), ...session.subscribe('lds', '*')]
    expect(requests.map((it) => it.node)).toEqual([node, node])
  })
})

describe('delta', () => {
  test('the first request states the version of each resource held', () => {
    expect(new DeltaSession(node, true, held).subscribe('cds', '*')).toEqual([
      { node, typeUrl: typeUrls.cds, initialResourceVersions: { a: 'v1' } },
    ])
  })

  test('changes of a subscription carry no nonce, and an ACK carries no change', () => {
    const session = new DeltaSession(node, true, held)
    session.subscribe('eds', ['a', 'b'])

    expect(session.answer('eds', 'n1', undefined)).toEqual({
      typeUrl: typeUrls.eds,
      responseNonce: 'n1',
    })
    expect(session.subscribe('eds', ['b', 'c'])).toEqual([
      { typeUrl: typeUrls.eds, resourceNamesSubscribe: ['c'], resourceNamesUnsubscribe: ['a'] },
    ])
    expect(session.subscribe('eds', ['b', 'c'])).toEqual([])
  })

  test('a name that is to be heard of again is subscribed to again', () => {
    const session = new DeltaSession(node, true, held)
    session.subscribe('eds', ['a', 'b'])

    expect(session.subscribe('eds', ['a', 'b'], ['b', 'gone'])).toEqual([
      { typeUrl: typeUrls.eds, resourceNamesSubscribe: ['b'] },
    ])
  })
})
