const rounds = 15
const warmUpRounds = 3
const msPerSample = 20

/** Medians of interleaved rounds, so that a noisy neighbour hits all alike. */
export async function medians(
  runs: Readonly<Record<string, () => unknown>>,
): Promise<{ name: string; us: number }[]> {
  const samples = new Map(Object.keys(runs).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) samples.get(name)?.push(timed(run))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return [...samples].map(([name, times]) => {
    const warm = times.slice(warmUpRounds).sort((a, b) => a - b)
    return { name, us: warm[Math.floor(warm.length / 2)] ?? 0 }
  })
}

/** Prints a table; ratios are to its first row. */
export function report(title: string, rows: readonly { name: string; us: number }[]): void {
  process.stdout.write(`\n${title}, node ${process.version}\n`)
  const baseline = rows[0]?.us ?? 0
  for (const { name, us } of rows) {
    const ratio = (baseline / us).toFixed(1)
    process.stdout.write(
      `${name.padEnd(28)}${us.toFixed(2).padStart(10)} us${ratio.padStart(8)}x\n`,
    )
  }
}

function timed(run: () => unknown): number {
  const begin = performance.now()
  let count = 0
  do {
    run()
    count += 1
  } while (performance.now() - begin < msPerSample)
  return ((performance.now() - begin) * 1000) / count
}
