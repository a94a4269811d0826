import type {} from 'expect'
import { type RouteMatchers, routeMatchers } from '../matchers/route-matchers.ts'

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends RouteMatchers<R> {}
}

// Jest's own is a global; what else puts one there with `extend` serves as well.
const { expect } = globalThis as {
  readonly expect?: { extend(matchers: typeof routeMatchers): void }
}
if (expect === undefined) {
  throw new TypeError(
    'expected a global expect, got none: without jest, call expect.extend(routeMatchers) yourself',
  )
}
expect.extend(routeMatchers)

export { type RouteMatchers, routeMatchers } from '../matchers/route-matchers.ts'
