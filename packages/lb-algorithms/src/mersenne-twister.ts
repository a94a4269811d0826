/**
 * MT19937: 32-bit pseudo-random numbers from a seed, the same everywhere.
 * M. Matsumoto and T. Nishimura, Mersenne Twister (1998)
 */
export function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(size)
  state[0] = seed
  for (let i = 1; i < size; i++) {
    const before = state[i - 1] ?? 0
    state[i] = Math.imul(initMultiplier, before ^ (before >>> 30)) + i
  }
  let at = size
  return () => {
    if (at === size) {
      twist(state)
      at = 0
    }
    return temper(state[at++] ?? 0)
  }
}

const size = 624
const middle = 397
const initMultiplier = 1_812_433_253

function twist(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const mixed = ((state[i] ?? 0) & 0x8000_0000) | ((state[(i + 1) % size] ?? 0) & 0x7fff_ffff)
    const odd = (mixed & 1) === 0 ? 0 : 0x9908_b0df
    state[i] = (state[(i + middle) % size] ?? 0) ^ (mixed >>> 1) ^ odd
  }
}

function temper(value: number): number {
  let mixed = value
  mixed ^= mixed >>> 11
  mixed ^= (mixed << 7) & 0x9d2c_5680
  mixed ^= (mixed << 15) & 0xefc6_0000
  return (mixed ^ (mixed >>> 18)) >>> 0
}
