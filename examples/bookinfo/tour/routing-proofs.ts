import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { edit, forJason, forJasonAndMore, forJasonReworded } from './edit.ts'
import { cli, type Mesh } from './mesh.ts'
import { applied } from './sync.ts'
import { type Checks, command, heading, say } from './terminal.ts'
import { countVersions } from './traffic.ts'

/** Asks the engine that routes in the sidecar why a request goes where it goes. */
export async function explainOneRequest(mesh: Mesh, checks: Checks): Promise<void> {
  heading(4, 'Why jason sees v2, with the line that says so')
  const { text } = await meshwright(
    ['route', 'explain', 'http://reviews:9080/reviews/0', mesh.config, '-H', 'end-user: ann'],
    (words) => words.replaceAll(mesh.config, '.'),
  )
  checks.check('ann misses the rule for jason, and it says what was seen', /"ann"/.test(text))
  checks.check('what she takes has its line', /reviews\.yaml:\d+:\d+: matched/.test(text))
  checks.check('and its cluster is the one that answered before', /\|v1\|reviews\./.test(text))
}

/** Rewrites the rules, proves that nothing changes, and takes them into use; then shows an edit that is not harmless. */
export async function proveEditHarmless(mesh: Mesh, checks: Checks): Promise<void> {
  heading(5, 'An edit is proven harmless before it is made, and another is not')
  const draft = join(mesh.folder, 'draft')
  cpSync(mesh.config, draft, { recursive: true })
  const show = (words: string): string =>
    words.replaceAll(mesh.config, '.').replaceAll(draft, 'draft')
  const diff = (): Promise<Outcome> => meshwright(['route', 'diff', mesh.config, draft], show)

  edit(draft, forJasonReworded)
  const reworded = await diff()
  checks.check(
    'four rules in place of two: nothing changes, proven',
    reworded.status === 0 && /nothing changes, proven/i.test(reworded.text),
  )
  await applied(mesh, forJasonReworded)
  const jason = await countVersions(20, { 'end-user': 'jason' })
  const others = await countVersions(20)
  checks.check('in use, it does what was proven', jason.get('v2') === 20 && others.get('v1') === 20)

  edit(draft, forJasonAndMore)
  const careless = await diff()
  checks.check(
    'a prefix for an exact name: the diff has a request that tells',
    careless.status === 1 && /end-user: jas/.test(careless.text),
  )
  await applied(mesh, forJason)
}

interface Outcome {
  readonly status: number
  readonly text: string
}

/** Runs the command that a user would type, and shows both. */
function meshwright(args: readonly string[], shown: (words: string) => string): Promise<Outcome> {
  const quoted = args.map((it) => (/^[\w./~-]+$/.test(it) ? it : `'${it}'`))
  command(shown(`meshwright ${quoted.join(' ')}`))
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`.trim()
      say(shown(text))
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, text })
    })
  })
}
