import { useState } from 'react';
import { setSending } from '../../api/queries/shops';
import type { Shop } from '../../api/client';
import { useProblem } from '../../lib/problem';
import { known, useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import s from './Banner.module.css';

/** Why an answer to this shop's buyers would not leave now. */
export function Banner({ shop }: { shop: Shop }) {
  const { say } = useWords();
  const problem = useProblem();
  const [failure, setFailure] = useState('');
  if (shop.pause === 'imported') return null;
  const paused = `problem.${shop.pause}`;
  const cause = shop.pause === '' ? null : known(paused) ? say(paused) : say('shop.paused', { shop: shop.name });
  if (cause === null && shop.sending) return null;
  const switchOn = () => setSending(shop.id, true).catch((error: unknown) => setFailure(problem(error)));
  return (
    <div className={s.banner} role="note">
      <Icon name={cause === null ? 'pause' : 'key'} size={16} />
      <p>{failure || (cause ?? say('shop.sending_off', { shop: shop.name }))}</p>
      {cause === null && <Button onClick={() => void switchOn()}>{say('shop.switch_on')}</Button>}
    </div>
  );
}
