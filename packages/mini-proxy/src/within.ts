import type { Timers } from './ambient.ts'

/** Settles when the work does, or after so many milliseconds if that comes first; `Infinity`: only with the work. */
export async function within(ms: number, timers: Timers, work: Promise<unknown>): Promise<void> {
  if (!Number.isFinite(ms)) {
    await work
    return
  }
  let timer: unknown
  const bound = new Promise<void>((resolve) => {
    timer = timers.setTimeout(resolve, ms)
  })
  try {
    await Promise.race([work, bound])
  } finally {
    timers.clearTimeout(timer)
  }
}
