const limitMs = 20_000
const lookMs = 2

/** Looks again and again until there is something to see; what a look throws ends the wait. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | undefined> | T | false | undefined,
): Promise<T> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
  throw new Error(`waited ${limitMs} ms for ${what}`)
}
