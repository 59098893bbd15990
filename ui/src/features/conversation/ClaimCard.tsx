import type { ConversationDetail } from '../../api/client';
import { money } from '../../lib/money';
import { instant } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Facts } from '../../ui/Facts';
import { Tag } from '../../ui/marks';
import s from './ClaimCard.module.css';
import { Offers } from './Offers';

/** A return, cancellation or dispute: what it is about, where it stands, and what the platform lets us decide. */
export function ClaimCard({ open }: { open: ConversationDetail }) {
  const { say, language } = useWords();
  const { claim } = open;
  if (claim == null) return null;
  const facts = [
    { label: say('claim.reason'), value: claim.reason },
    {
      label: say('claim.amount'),
      value: claim.amount == null ? '' : money(claim.amount.amount, claim.amount.currency, language),
    },
    { label: say('claim.quantity'), value: claim.quantity == null ? '' : String(claim.quantity) },
    { label: say('claim.stage'), value: claim.stage },
    {
      label: say('claim.limit'),
      value: claim.limit == null ? '' : instant(Date.parse(claim.limit.at), language),
    },
    { label: say('claim.comment'), value: claim.comment },
  ];
  return (
    <section className={s.card} aria-label={say('kind.claim')}>
      <p className={s.head}>
        <b>{say(`claim.${claim.sort}`)}</b>
        <Tag look={claim.decision === 'open' ? 'accent' : 'plain'}>{say(`decision.${claim.decision}`)}</Tag>
      </p>
      <Facts of={facts} />
      <Offers open={open} />
    </section>
  );
}
