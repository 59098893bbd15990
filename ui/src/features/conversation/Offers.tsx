import { useState } from 'react';
import type { ConversationDetail, Offer } from '../../api/client';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import s from './Offers.module.css';
import { OfferDialog } from './OfferDialog';

/** What the platform lets us do beyond answering. */
export function Offers({ open }: { open: ConversationDetail }) {
  const { say } = useWords();
  const [taken, take] = useState<Offer | null>(null);
  if (open.offers.length === 0) return null;
  return (
    <div className={s.offers}>
      {open.offers.map((offer) => (
        <Button key={offer.name} onClick={() => take(offer)}>
          {say(`effect.${offer.consequence.effect}`)}
        </Button>
      ))}
      {taken !== null && <OfferDialog conversation={open.id} offer={taken} onClose={() => take(null)} />}
    </div>
  );
}
