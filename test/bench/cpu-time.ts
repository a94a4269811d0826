import { readdirSync, readFileSync } from 'node:fs'

/**
 * CPU time that a process, its threads and its child processes have used, in nanoseconds, from the scheduler's own
 * account (`/proc/PID/task/TID/schedstat`, Linux).
 */
export function cpuNanoseconds(pid: number): number {
  let total = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`
    total += Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0])
    const children = readFileSync(`${folder}/children`, 'utf8').trim()
    for (const child of children === '' ? [] : children.split(' ')) {
      total += cpuNanoseconds(Number(child))
    }
  }
  return total
}
