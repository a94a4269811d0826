import { type Problem, sarifOfProblems } from '@meshwright/mesh-test'
import { version } from '../version.ts'
import { uriOf } from './sarif.ts'

/** Findings about routes as the text of a SARIF log of this tool. */
export function sarifText(problems: readonly Problem[]): string {
  const log = sarifOfProblems(problems, { toolVersion: version, uriOf })
  return `${JSON.stringify(log, undefined, 2)}\n`
}
