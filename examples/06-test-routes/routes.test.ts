// What an application team keeps beside its virtual services. Nothing is started: no cluster, no proxy, no socket.
import '@meshwright/mesh-test/vitest'
import { fileURLToPath } from 'node:url'
import { loadMesh } from '@meshwright/mesh-test'
import { expect, test } from 'vitest'

const mesh = await loadMesh({ paths: fileURLToPath(new URL('mesh', import.meta.url)) })

test('jason sees the stars, and waits for them', () => {
  const jason = mesh.request('GET http://reviews:9080/1', { headers: { 'end-user': 'jason' } })
  expect(jason).toRouteTo('reviews', { subset: 'v2' })
  expect(jason).toHaveTimeout('5s')
  expect(jason).toRetryOn('connect-failure', { attempts: 2 })
})

test('one in ten of the others sees them', () => {
  expect(mesh.request('GET http://reviews:9080/1')).toSplit({ v1: 90, v2: 10 })
})

test('old addresses still lead somewhere', () => {
  const old = mesh.request('GET http://reviews:9080/old/1')
  expect(old).toRedirectTo(/\/$/, { status: 301 })
  expect(old).not.toRouteTo('reviews')
})

test('every rule is tested', () => {
  expect(mesh.coverage().routes.percent).toBe(100)
})
