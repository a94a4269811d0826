// Runs every check in order, goes on after a failure, and ends with `N passed, N failed` over all of them.
import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { countsOf } from './test-counts.ts'

interface Step {
  readonly name: string
  readonly command: string
  /** Whether it prints counts of its own; other steps count as one. */
  readonly counts: boolean
}

const steps: readonly Step[] = [
  {
    name: 'formatting, lint, layers, packages, exports',
    command: 'npm run --silent lint',
    counts: false,
  },
  { name: 'types', command: 'npm run --silent typecheck', counts: false },
  { name: 'peers', command: 'npm run --silent peers', counts: false },
  { name: 'demo', command: 'npm run demo', counts: true },
  { name: 'tests', command: 'npm test', counts: true },
  {
    name: 'proxy tests by the public API of sockets',
    command: 'MESHWRIGHT_IO=portable npx vitest run --project unit packages/mini-proxy',
    counts: true,
  },
  {
    name: 'integrity of 10 000 exchanges',
    command:
      'MESHWRIGHT_EXCHANGES=10000 npx vitest run --project unit packages/mini-proxy/test/integrity',
    counts: true,
  },
  { name: 'README fences', command: 'npm run --silent doctest', counts: true },
  { name: 'examples', command: 'npm run --silent examples', counts: true },
  { name: 'packed packages', command: 'npm run --silent pack:check', counts: true },
  { name: 'interoperability', command: 'npm run test:interop', counts: true },
  {
    name: 'HTTP/1.1 benchmark',
    command: 'npm run --silent bench -- http1 --check --rounds 2 --seconds 1',
    counts: false,
  },
  {
    name: 'gRPC benchmark',
    command: 'npm run --silent bench -- grpc --check --rounds 2 --seconds 1',
    counts: false,
  },
  {
    name: 'TCP benchmark',
    command: 'npm run --silent bench -- tcp --check --rounds 2 --seconds 1',
    counts: false,
  },
  {
    name: 'WebSocket benchmark',
    command: 'npm run --silent bench -- websocket --check --rounds 2 --seconds 1',
    counts: false,
  },
  {
    name: 'footprint benchmark',
    command: 'npm run --silent bench -- footprint --check --rounds 1',
    counts: false,
  },
  {
    name: 'route benchmark',
    command: 'npm run --silent bench -- routes --check --rounds 3',
    counts: false,
  },
  {
    name: 'algorithm benchmark',
    command: 'npm run --silent bench -- algorithms --check --rounds 3',
    counts: false,
  },
  { name: 'soak', command: 'npm run --silent soak', counts: false },
  { name: 'fuzzing', command: 'npm run --silent fuzz -- --seconds 6', counts: false },
]

let passed = 0
let failed = 0
const broken: string[] = []
const said: string[] = []
for (const step of steps) {
  const started = performance.now()
  console.log(`\n=== ${step.name}: ${step.command}`)
  const { status, output } = await run(step.command)
  const counts = step.counts
    ? countsOf(output)
    : { passed: status === 0 ? 1 : 0, failed: 0, skipped: 0 }
  // A skip is a check that did not happen, and a step that counts nothing checked nothing.
  const nothing = counts.passed + counts.failed === 0 ? 1 : 0
  const faults = counts.failed + counts.skipped + (step.counts ? nothing : 0)
  const stepFailed = Math.max(faults, status === 0 ? 0 : 1)
  passed += counts.passed
  failed += stepFailed
  if (stepFailed > 0) {
    broken.push(step.name)
    said.push(`--- ${step.name}:`, ...faultsIn(output))
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(
    `=== ${step.name}: ${counts.passed} passed, ${stepFailed} failed, exit ${status}, ${seconds} s`,
  )
}
if (broken.length > 0) console.log(`\nnot in order: ${broken.join('; ')}\n${said.join('\n')}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

/** The lines by which a failed step says what failed, each once; its last lines if it has none. For a log that is cut short. */
function faultsIn(output: string): readonly string[] {
  const lines = output.split('\n')
  const telling = lines.filter((line) => /^\s*(FAIL|✖|✗|×)\s|Error: |^error |: error /.test(line))
  const shown = telling.length > 0 ? telling.slice(0, 60) : lines.slice(-25)
  return [...new Set(shown)].map((line) => line.slice(0, 300))
}

function run(command: string): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', `${command} 2>&1`], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      output += stripVTControlCharacters(text)
      process.stdout.write(text)
    })
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}
