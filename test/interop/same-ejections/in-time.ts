/** Requests of a round took so long that a pass of Envoy may have come between them: nothing can be said of what was compared. */
export class TooSlowError extends Error {
  readonly code = 'ERR_TEST_TOO_SLOW'

  constructor(tookMs: number, atMostMs: number) {
    super(`a round took ${tookMs.toFixed()} ms, expected at most ${atMostMs.toFixed()} ms`)
    this.name = 'TooSlowError'
  }
}

/** How often a machine that stood still in the midst of a round may try again, from the beginning. */
const attempts = 4

/** Plays scripts whose rounds have to fit between passes that Envoy makes by the clock; anew if the machine was too slow for one. */
export async function playedInTime(play: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await play()
    } catch (error) {
      if (!(error instanceof TooSlowError) || attempt === attempts) throw error
      console.log(`attempt ${attempt}: ${error.message}; played again`)
    }
  }
}

/** What each comes to, once all have ended; the first fault is thrown only then. */
export async function allEnded<T>(them: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(them)
  return Promise.all(them)
}
