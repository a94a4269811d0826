/** What a test run says of itself. */
export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Sums what a command printed: vitest's `Tests  1 failed | 5 passed | 1 skipped (7)`, node's `ℹ pass 5`, and plain
 * `5 passed, 1 failed` lines.
 */
export function countsOf(output: string): TestCounts {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const line of output.split('\n')) {
    const vitest = /^\s*Tests\s+(.*)\(\d+\)/.exec(line)?.[1]
    const plain = /^\d+ passed, \d+ failed\b/.exec(line)?.[0]
    for (const [, count, what] of (vitest ?? plain ?? '').matchAll(
      /(\d+) (passed|failed|skipped)/g,
    )) {
      sum[what as keyof TestCounts] += Number(count)
    }
    const node = /^\S+ (pass|fail|skipped) (\d+)$/.exec(line)
    if (node?.[1] === 'pass') sum.passed += Number(node[2])
    if (node?.[1] === 'fail') sum.failed += Number(node[2])
    if (node?.[1] === 'skipped') sum.skipped += Number(node[2])
  }
  return sum
}
