import { execFileSync, spawnSync } from 'node:child_process'

/**
 * Makes sure that the programs are on the PATH, by Debian's packages where they are missing.
 *
 * @throws if one is missing and cannot be installed (no apt, or no right to use it).
 */
export function ensurePrograms(packageOf: Readonly<Record<string, string>>): void {
  const missing = Object.entries(packageOf).filter(([program]) => !isOnPath(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  const still = missing.map(([program]) => program).filter((program) => !isOnPath(program))
  if (still.length > 0) throw new Error(`could not install ${still.join(', ')}`)
}

/** Whether a shell would find the program. */
export function isOnPath(program: string): boolean {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`
  return (
    spawnSync('sh', ['-c', `command -v ${program}`], { env: { ...process.env, PATH: path } })
      .status === 0
  )
}
