/** The present by the home's clock, which deadlines are counted by. It ticks once a minute, or once a second while something runs out. */

import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { home } from '../api/queries/home';

type Pace = 'minute' | 'second';
const SECONDS: Record<Pace, number> = { minute: 60, second: 1 };

function subscribe(pace: Pace): (tick: () => void) => () => void {
  return (tick) => {
    const length = SECONDS[pace] * 1000;
    let timer: ReturnType<typeof setTimeout>;
    const next = () => {
      // On the edge of the minute, so that all clocks turn together.
      timer = setTimeout(
        () => {
          tick();
          next();
        },
        length - (Date.now() % length),
      );
    };
    next();
    return () => clearTimeout(timer);
  };
}

const ticks = { minute: subscribe('minute'), second: subscribe('second') };

export function useNow(pace: Pace = 'minute'): number {
  const skew = useQuery(home).data?.skew ?? 0;
  const length = SECONDS[pace] * 1000;
  const seen = useSyncExternalStore(ticks[pace], () => Math.floor(Date.now() / length));
  return seen * length + skew;
}
