/** What came of a call. */
export type Outcome<Res> = { readonly answer: Res } | { readonly error: unknown }

/** What comes of it, without throwing. */
export async function outcomeOf<Res>(run: () => Promise<Res>): Promise<Outcome<Res>> {
  try {
    return { answer: await run() }
  } catch (error) {
    return { error }
  }
}

/** The answer, or the error thrown. */
export function settled<Res>(outcome: Outcome<Res>): Res {
  if ('answer' in outcome) return outcome.answer
  throw outcome.error
}
