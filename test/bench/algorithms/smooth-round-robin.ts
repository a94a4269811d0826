/** The smooth weighted round robin of nginx: every pick visits every host. Gives the index. */
export function smoothRoundRobin(weights: readonly number[]): () => number {
  const each = Int32Array.from(weights)
  const current = new Int32Array(each.length)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return () => {
    let best = 0
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < each.length; i++) {
      const value = (current[i] ?? 0) + (each[i] ?? 0)
      current[i] = value
      if (value <= most) continue
      most = value
      best = i
    }
    current[best] = (current[best] ?? 0) - total
    return best
  }
}
