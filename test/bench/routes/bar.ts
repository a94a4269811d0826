/** One line of the table: what was measured, and what it must be. */
export interface Bar {
  readonly what: string
  readonly unit: 'x' | 'ms' | '%' | 'bytes' | 'MB'
  readonly measured: number
  readonly atLeast?: number
  readonly atMost?: number
  /** What the measured number comes from, for people. */
  readonly detail: string
}

/** Whether the bar is held. */
export function isHeld({ measured, atLeast, atMost }: Bar): boolean {
  return measured >= (atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (atMost ?? Infinity)
}

/** The bars as a table in Markdown. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((bar) => [
    bar.what,
    must(bar),
    `${number(bar.measured)} ${bar.unit}`,
    isHeld(bar) ? 'yes' : 'NO',
    bar.detail,
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const head = ['what', 'must', 'measured', 'ok', 'from']
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function must({ atLeast, atMost, unit }: Bar): string {
  return atLeast === undefined ? `<= ${atMost} ${unit}` : `>= ${atLeast} ${unit}`
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
