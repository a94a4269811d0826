import { afterEach } from 'vitest'
import { type Backend, startBackends } from './backends.ts'

const opened: Backend[] = []

afterEach(async () => {
  for (const it of opened.splice(0)) await it.close()
})

/** Servers that live until the end of the test. */
export async function backends<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ [K in keyof Names]: Backend }> {
  const started = await startBackends(...names)
  opened.push(...started)
  // One for each name, in their order.
  return started as { [K in keyof Names]: Backend }
}

export const addressesOf = (of: readonly Backend[]): string[] => of.map(({ address }) => address)

/** So many calls, some at a time; what each came to. */
export async function many<T>(count: number, atOnce: number, send: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let begun = 0
  const line = async (): Promise<void> => {
    while (begun < count) {
      begun += 1
      results.push(await send())
    }
  }
  await Promise.all(Array.from({ length: atOnce }, line))
  return results
}

/** Waits, a turn of the event loop at a time, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
