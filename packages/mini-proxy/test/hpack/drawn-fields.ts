import type { Field } from './hpack-fields.ts'

/** Bytes of an entry of `k0: v0` and its like. */
export const smallEntryBytes = 36

/** Draws fields as requests have them: most come again and again, some are new every time, a few are odd. */
export function fieldDrawing(random: () => number): () => Field[] {
  const below = (count: number) => Math.floor(random() * count)
  const among = <T>(of: readonly T[], otherwise: T): T => of[below(of.length)] ?? otherwise
  const hex = (length: number) => Array.from({ length }, () => below(16).toString(16)).join('')
  const bytes = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(below(256))).join('')

  const draws: readonly (() => Field)[] = [
    () => [':method', among(['GET', 'POST', 'PUT'], 'GET')],
    () => [':path', among(['/', '/a', '/echo.Echo/Unary', `/${hex(8)}`], '/')],
    () => [':status', String(200 + below(5))],
    () => ['content-type', among(['application/grpc', 'text/html'], '')],
    () => ['user-agent', among(['grpc-go/1.85.0', 'curl/8.5.0'], '')],
    () => ['x-request-id', hex(32)],
    () => ['grpc-timeout', `${below(20)}m`],
    () => ['authorization', `Bearer ${hex(6)}`],
    () => ['cookie', hex(below(40))],
    () => [`x-${below(40)}`, hex(below(3))],
    // Entries of the same size, which fill a table of a multiple of it to the last byte.
    () => [`k${below(10)}`, `v${below(10)}`],
    () => [`k${below(10)}`, `v${below(10)}`],
    () => [`x-${hex(below(60))}`, among(['', hex(200), 'v'.repeat(below(5000))], '')],
    () => ['x-bytes', bytes(below(30))],
    () => [bytes(1 + below(5)), bytes(below(5))],
  ]
  return () => Array.from({ length: below(16) }, () => draws[below(draws.length)]?.() ?? ['', ''])
}
