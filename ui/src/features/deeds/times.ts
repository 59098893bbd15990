/** When a conversation may come back: a few times worth a key, by the person's own clock. */

const HOUR = 3_600_000;
const MORNING = 9;
const EVENING = 18;

export type Pause = { id: 'hours' | 'evening' | 'tomorrow' | 'week'; at: number };

/** The times that lie ahead, soonest first. */
export function pauses(now: number): Pause[] {
  const at = (days: number, hour: number) => {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    return day.setHours(hour, 0, 0, 0);
  };
  const untilMonday = (8 - new Date(now).getDay()) % 7 || 7;
  const all: Pause[] = [
    { id: 'hours', at: now + 3 * HOUR },
    { id: 'evening', at: at(0, EVENING) },
    { id: 'tomorrow', at: at(1, MORNING) },
    { id: 'week', at: at(untilMonday, MORNING) },
  ];
  return all
    .filter((pause) => pause.at > now && !(pause.id === 'week' && untilMonday === 1))
    .toSorted((one, other) => one.at - other.at);
}

/** An instant as a field for day and time writes it, and back. */
export const written = (at: number): string => {
  const two = (part: number) => String(part).padStart(2, '0');
  const day = new Date(at);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:${two(day.getMinutes())}`;
};
export const read = (text: string): number | null => {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? null : at;
};
