const limitMs = 30_000
const pollMs = 20

/** Looks every 20 ms until there is something to see; what a look throws ends the wait. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw new Error(`waited ${limitMs} ms for ${what}`)
}
