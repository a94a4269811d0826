/**
 * Prints a wall time in UTC.
 *
 * Besides the conversions of strftime: `%s` seconds since 1970; `%f` and `%3f`, `%6f`, `%9f` fractions of a second in that
 * many digits (alone: nine); `%Ns` seconds since 1970 with N digits of fraction joined on. Unknown conversions stay as they are.
 */
export function strftime(format: string, timeMs: number): string {
  const whole = Math.floor(timeMs)
  const nanos = Math.round((timeMs - Math.floor(timeMs / 1000) * 1000) * 1e6)
  const time = calendar(whole)
  return format.replace(/%([1-9])?([A-Za-z%])/g, (conversion, digits: string | undefined, name) => {
    if (name === 'f' || (name === 's' && digits !== undefined)) {
      const fraction = String(nanos)
        .padStart(9, '0')
        .slice(0, Number(digits ?? 9))
      return name === 'f' ? fraction : `${Math.floor(timeMs / 1000)}${fraction}`
    }
    return digits === undefined ? (conversions[name]?.(time) ?? conversion) : conversion
  })
}

/** `2026-01-31T23:59:59.123Z`, the form of START_TIME without an argument. */
export function isoTime(timeMs: number): string {
  return strftime('%Y-%m-%dT%H:%M:%S.%3fZ', timeMs)
}

interface Calendar {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** 0 is Sunday. */
  readonly weekday: number
  /** 1 to 366. */
  readonly yearDay: number
  readonly seconds: number
}

const dayMs = 86_400_000

function calendar(timeMs: number): Calendar {
  const date = new Date(timeMs)
  const year = date.getUTCFullYear()
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((timeMs - Date.UTC(year, 0, 1)) / dayMs) + 1,
    seconds: Math.floor(timeMs / 1000),
  }
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const two = (value: number): string => String(value).padStart(2, '0')
const dayName = ({ weekday }: Calendar): string => days[weekday] ?? ''
const monthName = ({ month }: Calendar): string => months[month - 1] ?? ''
const date = (it: Calendar): string => `${it.year}-${two(it.month)}-${two(it.day)}`
const clock = (it: Calendar): string => `${two(it.hour)}:${two(it.minute)}:${two(it.second)}`

const conversions: Readonly<Record<string, (time: Calendar) => string>> = {
  '%': () => '%',
  a: (it) => dayName(it).slice(0, 3),
  A: dayName,
  b: (it) => monthName(it).slice(0, 3),
  B: monthName,
  c: (it) =>
    `${dayName(it).slice(0, 3)} ${monthName(it).slice(0, 3)} ${String(it.day).padStart(2)} ${clock(it)} ${it.year}`,
  C: (it) => two(Math.floor(it.year / 100)),
  d: (it) => two(it.day),
  D: (it) => `${two(it.month)}/${two(it.day)}/${two(it.year % 100)}`,
  e: (it) => String(it.day).padStart(2),
  F: date,
  h: (it) => monthName(it).slice(0, 3),
  H: (it) => two(it.hour),
  I: (it) => two(it.hour % 12 || 12),
  j: (it) => String(it.yearDay).padStart(3, '0'),
  m: (it) => two(it.month),
  M: (it) => two(it.minute),
  n: () => '\n',
  p: (it) => (it.hour < 12 ? 'AM' : 'PM'),
  R: (it) => `${two(it.hour)}:${two(it.minute)}`,
  s: (it) => String(it.seconds),
  S: (it) => two(it.second),
  t: () => '\t',
  T: clock,
  u: (it) => String(it.weekday || 7),
  w: (it) => String(it.weekday),
  y: (it) => two(it.year % 100),
  Y: (it) => String(it.year),
  z: () => '+0000',
  Z: () => 'UTC',
}
