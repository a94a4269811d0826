import { styleText } from 'node:util'

/** Opens a step of the tour. */
export function heading(number: number, title: string): void {
  console.log(`\n${styleText('bold', `${number}. ${title}`)}`)
}

/** Shows the command that a user would type. */
export function command(text: string): void {
  console.log(styleText('cyan', `   $ ${text}`))
}

export function say(text: string): void {
  for (const line of text.split('\n')) console.log(`   ${line}`)
}

/** One thing that the tour claims, and whether it was so. */
export interface Check {
  readonly claim: string
  readonly held: boolean
}

/** Gathers what the tour checked. */
export class Checks {
  readonly all: Check[] = []

  check(claim: string, held: boolean): void {
    this.all.push({ claim, held })
    console.log(`   ${held ? styleText('green', '✔') : styleText('red', '✘')} ${claim}`)
  }
}
