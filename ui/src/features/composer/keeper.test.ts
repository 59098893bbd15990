import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../../api/problem';
import { Keeper, PAUSE, RETRY, type Keeping } from './keeper';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A program whose answers are given one by one; without one it takes the text. */
function program(answers: (Problem | null)[] = []) {
  const kept: string[] = [];
  const save = (_: number, text: string, files: readonly string[]) => {
    const failure = answers.shift() ?? null;
    if (failure !== null) return Promise.reject(failure);
    kept.push([text, ...files].join('+'));
    return Promise.resolve();
  };
  return { kept, save };
}

const draft = (text: string, files: string[] = []) => ({ text, files });
const away = () => new Problem({ code: 'home_in_use', message: '' });
const long = () => new Problem({ code: 'too_large', message: '' });

test('a pause keeps the latest letters, and writing on does not put it off', async () => {
  const { kept, save } = program();
  const keeper = new Keeper(1, draft(''), save);
  keeper.write('п');
  await vi.advanceTimersByTimeAsync(PAUSE - 1);
  keeper.write('пр');
  await vi.advanceTimersByTimeAsync(1);
  expect(kept).toEqual(['пр']);
  expect(keeper.isUnsaved).toBe(false);
});

test('what could not be kept is tried again without another letter', async () => {
  const { kept, save } = program([away(), away()]);
  const keeper = new Keeper(1, draft(''), save);
  const states: Keeping[] = [];
  keeper.subscribe(() => states.at(-1) !== keeper.state() && states.push(keeper.state()));
  keeper.write('привет');
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect([kept, keeper.isUnsaved]).toEqual([[], true]);
  await vi.advanceTimersByTimeAsync(2 * RETRY);
  expect([kept, keeper.isUnsaved]).toEqual([['привет'], false]);
  expect(states).toEqual(['kept', 'waiting', 'kept']);
});

test('a text that can never be kept is said so once, and not sent again and again', async () => {
  const { kept, save } = program([long()]);
  const keeper = new Keeper(1, draft(''), save);
  const states: Keeping[] = [];
  keeper.subscribe(() => states.at(-1) !== keeper.state() && states.push(keeper.state()));
  keeper.write('long');
  await vi.advanceTimersByTimeAsync(PAUSE + 10 * RETRY);
  expect([kept, states]).toEqual([[], ['kept', 'refused']]);
  keeper.write('short');
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect([kept, states]).toEqual([['short'], ['kept', 'refused', 'kept']]);
});

test('what another window wrote is taken only where nothing is unsaved', async () => {
  const { save } = program([away()]);
  const keeper = new Keeper(1, draft('a'), save);
  keeper.adopt(draft('b'));
  expect(keeper.text()).toBe('b');
  keeper.write('mine');
  keeper.adopt(draft('c'));
  expect(keeper.text()).toBe('mine');
  await vi.advanceTimersByTimeAsync(PAUSE);
  keeper.adopt(draft('c'));
  expect(keeper.text()).toBe('mine');
});

test('files are kept with the text they go with, and a cleared text takes none of them along', async () => {
  const { kept, save } = program();
  const keeper = new Keeper(1, draft('a', ['f']), save);
  keeper.attach(['f', 'g']);
  await vi.advanceTimersByTimeAsync(PAUSE);
  keeper.write('');
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect(kept).toEqual(['a+f+g', '+f+g']);
});
