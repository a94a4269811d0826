import { expect as jestExpect } from 'expect'
import { expect, test } from 'vitest'
import { createMesh } from '../src/index.ts'
import { bookinfo } from './bookinfo.ts'

const split = createMesh({ files: bookinfo }).request('GET http://reviews:9080/x')

test("jest's expect takes the matchers when the module is imported", async () => {
  // Jest puts its own there; vitest puts nothing, so that none is missed afterwards.
  Object.assign(globalThis, { expect: jestExpect })
  await import('@meshwright/mesh-test/jest')
  Reflect.deleteProperty(globalThis, 'expect')

  jestExpect(split).toSplit({ v1: 90, v2: 10 })
  jestExpect(split).not.toRouteTo('ratings')
  expect(() => jestExpect(split).toSplit({ v1: 80, v2: 20 })).toThrow(
    /to be split into 80 % v1, 20 % v2, got 90 % reviews/,
  )
  expect(() => jestExpect(split).not.toRouteTo('reviews')).toThrow(/not to route to reviews/)
})
