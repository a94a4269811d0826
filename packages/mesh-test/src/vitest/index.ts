import { expect } from 'vitest'
import { type RouteMatchers, routeMatchers } from '../matchers/route-matchers.ts'

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends RouteMatchers<R> {}
}

expect.extend(routeMatchers)

export { type RouteMatchers, routeMatchers } from '../matchers/route-matchers.ts'
