// Time left and times of day. Pure: the present comes in as an argument.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// Under these a clock turns red or amber.
const LITTLE = HOUR;
const SOON = 4 * HOUR;

// How a clock stands: its level and its words.
export function timeLeft(due, now, words) {
  const left = due - now;
  if (left <= 0) return { level: 'overdue', text: words.say('time.overdue', { span: span(-left, words) }) };
  const level = left < LITTLE ? 'hour' : left < SOON ? 'soon' : 'calm';
  return { level, text: words.say('time.left', { span: span(left, words) }) };
}

export function span(duration, words) {
  const minutes = Math.floor(duration / MINUTE);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (minutes < 1) return words.say('span.seconds', { n: Math.max(1, Math.floor(duration / 1000)) });
  if (minutes < 60) return words.say('span.minutes', { n: minutes });
  if (days < 1) {
    const rest = minutes % 60;
    return rest === 0 ? words.say('span.hours', { n: hours }) : words.say('span.hours_minutes', { h: hours, m: rest });
  }
  return hours === 0 ? words.say('span.days', { n: days }) : words.say('span.days_hours', { d: days, h: hours });
}

// The group of the working list a deadline falls into.
export function group(due, now) {
  if (due === null) return 'later';
  if (due <= now) return 'overdue';
  if (due - now < HOUR) return 'hour';
  const midnight = new Date(now).setHours(24, 0, 0, 0);
  if (due < midnight) return 'today';
  return due < midnight + DAY ? 'tomorrow' : 'later';
}
