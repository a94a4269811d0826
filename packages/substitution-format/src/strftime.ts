/**
 * Prints a wall time in UTC.
 *
 * Besides the conversions of strftime: `%f` and `%1f` to `%9f` fractions of a second in that many digits (alone: nine);
 * `%E3S` seconds with a fraction of so many digits. Unknown conversions stay as they are.
 */
export function strftime(format: string, timeMs: number): string {
  const whole = Math.floor(timeMs)
  // A double holds milliseconds since 1970 to less than a microsecond, but no finer.
  const micros = Math.min(999_999, Math.round((timeMs - Math.floor(timeMs / 1000) * 1000) * 1000))
  const time = calendar(whole)
  const fraction = (digits: string): string =>
    `${String(micros).padStart(6, '0')}000`.slice(0, Number(digits))
  return format.replace(conversion, (written, seconds?: string, digits?: string, name = '') => {
    if (seconds !== undefined) return `${two(time.second)}.${fraction(seconds)}`
    if (name === 'f') return fraction(digits ?? '9')
    return conversions[name]?.(time) ?? written
  })
}

/** `%E3S`, or a letter after at most one digit. */
const conversion = /%(?:E([1-9])S|([1-9])?([A-Za-z%]))/g

/** `2026-01-31T23:59:59.123Z`, the form of START_TIME without an argument. */
export function isoTime(timeMs: number): string {
  if (timeMs !== lastTime) {
    lastText = isoText(timeMs)
    lastTime = timeMs
  }
  return lastText
}

/** A busy log asks for the same millisecond a dozen times, and for the same second by the thousand: both texts are kept. */
let lastTime = Number.NaN
let lastText = ''
let lastSecond = -1
let lastSecondText = ''
const upToFraction = '2026-01-31T23:59:59.'.length

function isoText(timeMs: number): string {
  // The language's own form is the same, and several times cheaper, where years have four digits.
  if (timeMs >= 0 && timeMs < year10000Ms) {
    const whole = Math.floor(Math.round(timeMs * 1000) / 1000)
    const second = Math.floor(whole / 1000)
    if (second !== lastSecond) {
      lastSecond = second
      lastSecondText = new Date(second * 1000).toISOString().slice(0, upToFraction)
    }
    return `${lastSecondText}${threeDigits(whole - second * 1000)}Z`
  }
  return strftime('%Y-%m-%dT%H:%M:%S.%3fZ', timeMs)
}

function threeDigits(ms: number): string {
  if (ms >= 100) return `${ms}`
  return ms >= 10 ? `0${ms}` : `00${ms}`
}

const year10000Ms = 253_402_300_799_000

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

const half = (it: Calendar): string => (it.hour < 12 ? 'AM' : 'PM')
const shortDate = (it: Calendar): string => `${two(it.month)}/${two(it.day)}/${two(it.year % 100)}`

/** The week of ISO 8601: of the year that its Thursday lies in. */
function isoWeek(it: Calendar): { readonly year: number; readonly week: number } {
  const toThursday = 4 - (it.weekday || 7)
  const thursday = new Date(it.seconds * 1000 + toThursday * dayMs)
  const year = thursday.getUTCFullYear()
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1 }
}

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
  D: shortDate,
  e: (it) => String(it.day).padStart(2),
  F: date,
  g: (it) => two(isoWeek(it).year % 100),
  G: (it) => String(isoWeek(it).year),
  h: (it) => monthName(it).slice(0, 3),
  H: (it) => two(it.hour),
  I: (it) => two(it.hour % 12 || 12),
  j: (it) => String(it.yearDay).padStart(3, '0'),
  k: (it) => String(it.hour).padStart(2),
  l: (it) => String(it.hour % 12 || 12).padStart(2),
  m: (it) => two(it.month),
  M: (it) => two(it.minute),
  n: () => '\n',
  p: half,
  P: (it) => half(it).toLowerCase(),
  r: (it) => `${two(it.hour % 12 || 12)}:${two(it.minute)}:${two(it.second)} ${half(it)}`,
  R: (it) => `${two(it.hour)}:${two(it.minute)}`,
  s: (it) => String(it.seconds),
  S: (it) => two(it.second),
  t: () => '\t',
  T: clock,
  u: (it) => String(it.weekday || 7),
  w: (it) => String(it.weekday),
  y: (it) => two(it.year % 100),
  U: (it) => two(Math.floor((it.yearDay + 6 - it.weekday) / 7)),
  V: (it) => two(isoWeek(it).week),
  W: (it) => two(Math.floor((it.yearDay + 6 - ((it.weekday + 6) % 7)) / 7)),
  x: shortDate,
  X: clock,
  Y: (it) => String(it.year),
  z: () => '+0000',
  Z: () => 'UTC',
}
