import { setTimeout as wait } from 'node:timers/promises'

/** Waits for `work`, but no longer than `ms` milliseconds; rejects as it does. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  const timeout = wait(ms, undefined, { signal: limit.signal, ref: false }).catch(() => undefined)
  try {
    await Promise.race([work, timeout])
  } finally {
    limit.abort()
  }
}
