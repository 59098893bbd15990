import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { home } from '../api/queries/home';
import { outbox } from '../api/queries/outbox';
import { useOnline } from '../lib/online';
import { useWords } from '../lib/words';
import s from './Stripe.module.css';

type Props = { connected: boolean; signedOut: boolean };

/** What holds for every screen: that the program cannot be heard or knows us no more, that there is no network, that this is a demo. */
export function Stripe({ connected, signedOut }: Props) {
  const { say } = useWords();
  const online = useOnline();
  const demo = useQuery(home).data?.demo ?? false;
  const queued = useInfiniteQuery(outbox(false)).data?.pages.flatMap((page) => page.rows).length ?? 0;
  if (signedOut) return <p className={s.out}>{say('status.signed_out')}</p>;
  if (!connected) return <p className={s.lost}>{say('status.lost_queue', { n: queued })}</p>;
  if (!online && !demo) return <p className={s.lost}>{say('status.no_network', { n: queued })}</p>;
  return demo ? <p className={s.demo}>{say('demo')}</p> : null;
}
