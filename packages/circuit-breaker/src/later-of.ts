/** The later of two times: clocks that go backwards, or give no finite number, stand still. */
export function laterOf(seen: number, now: number): number {
  return now > seen && now < Infinity ? now : seen
}
