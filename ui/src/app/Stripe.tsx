import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { home } from '../api/queries/home';
import { outbox } from '../api/queries/outbox';
import { useWords } from '../lib/words';
import s from './Stripe.module.css';

/** What holds for every screen: that this is a demo, or that the program cannot be heard. */
export function Stripe({ connected }: { connected: boolean }) {
  const { say } = useWords();
  const demo = useQuery(home).data?.demo ?? false;
  const queued = useInfiniteQuery(outbox(false)).data?.pages.flatMap((page) => page.rows).length ?? 0;
  if (!connected) return <p className={s.lost}>{say('status.lost_queue', { n: queued })}</p>;
  return demo ? <p className={s.demo}>{say('demo')}</p> : null;
}
