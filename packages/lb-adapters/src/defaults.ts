// The one place where this package takes time and chance from its surroundings.

/** Node's monotonic clock, in ms. */
export const systemNow = (): number => performance.now()

/** Uniform in [0, 1). */
export const systemRandom = (): number => Math.random()
