/** One line of the table: what was measured, and what it must be. */
export interface Bar {
  readonly what: string
  readonly unit: 'x' | 'ms' | '%' | 'bytes' | 'MB'
  readonly measured: number
  readonly atLeast?: number
  readonly atMost?: number
  /** What it is hoped to be: at least this where `atLeast` is given, else at most. Alone, it is no more than a hope. */
  readonly stretch?: number
  /** How many times worse than wanted a short run may be before it counts as a regression, instead of `regressionFactor`. */
  readonly slack?: number
  /** What the measured number comes from, for people. */
  readonly detail: string
}

/** How many times worse counts as a regression: a short run on a shared machine is noisy. */
export const regressionFactor = 2

/** Whether what must be is so. */
export function isHeld({ measured, atLeast, atMost }: Bar): boolean {
  return measured >= (atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (atMost ?? Infinity)
}

/** Whether it is worse, by the factor of a regression, than both what it must be and what was committed; of those, what there is. */
export function isOff(bar: Bar, committed: number | undefined): boolean {
  const { measured, atLeast, atMost, slack = regressionFactor } = bar
  if (Number.isNaN(measured)) return true
  const wanted = [atLeast, atMost, committed].filter((it) => it !== undefined)
  return atLeast === undefined
    ? measured > Math.max(...wanted) * slack && wanted.length > 0
    : measured < Math.min(...wanted) / slack
}

/** The bars as a table in Markdown. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((bar) => {
    const { what, must = '–', stretch = '–', detail } = committedBar(bar)
    return [what, must, stretch, `${number(bar.measured)} ${bar.unit}`, heldInWords(bar), detail]
  })
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const head = ['what', 'must', 'stretch', 'measured', 'held', 'from']
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A bar as it is committed: its limits in words, and whether they are held, each where there is one. */
export interface CommittedBar {
  readonly what: string
  readonly must?: string
  readonly stretch?: string
  readonly measured: number
  readonly unit: Bar['unit']
  readonly held?: boolean
  readonly stretchHeld?: boolean
  readonly detail: string
}

/** What to commit of a bar. */
export function committedBar(bar: Bar): CommittedBar {
  const { what, unit, measured, detail, atLeast, atMost, stretch } = bar
  const must = atLeast ?? atMost
  const sign = atLeast === undefined ? '<=' : '>='
  const isReached = (limit: number): boolean =>
    atLeast === undefined ? measured <= limit : measured >= limit
  return {
    what,
    ...(must === undefined ? {} : { must: `${sign} ${must} ${unit}` }),
    ...(stretch === undefined ? {} : { stretch: `${sign} ${stretch} ${unit}` }),
    measured,
    unit,
    ...(must === undefined ? {} : { held: isHeld(bar) }),
    ...(stretch === undefined ? {} : { stretchHeld: isReached(stretch) }),
    detail,
  }
}

function heldInWords(bar: Bar): string {
  const { held, stretchHeld } = committedBar(bar)
  if (held === false) return 'NO'
  if (held === undefined)
    return stretchHeld === undefined ? '–' : `stretch: ${yesOrNo(stretchHeld)}`
  return stretchHeld === true ? 'yes, and the stretch' : 'yes'
}

function yesOrNo(it: boolean): string {
  return it ? 'yes' : 'no'
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
