import type { ConversationDetail } from '../../api/client';
import { money } from '../../lib/money';
import { instant } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Tag } from '../../ui/marks';
import { Name } from '../../ui/Quoted';
import s from './ClaimCard.module.css';
import { Offers } from './Offers';

/** A return, cancellation or dispute: what it is about, where it stands, and what the platform lets us decide. */
export function ClaimCard({ open }: { open: ConversationDetail }) {
  const { say, language } = useWords();
  const { claim } = open;
  if (claim == null) return null;
  const facts: [string, string][] = [
    [say('claim.reason'), claim.reason],
    [say('claim.amount'), claim.amount == null ? '' : money(claim.amount.amount, claim.amount.currency, language)],
    [say('claim.quantity'), claim.quantity == null ? '' : String(claim.quantity)],
    [say('claim.stage'), claim.stage],
    [say('claim.limit'), claim.limit == null ? '' : instant(Date.parse(claim.limit.at), language)],
    [say('claim.comment'), claim.comment],
  ];
  return (
    <section className={s.card} aria-label={say('kind.claim')}>
      <p className={s.head}>
        <b>{say(`claim.${claim.sort}`)}</b>
        <Tag look={claim.decision === 'open' ? 'accent' : 'plain'}>{say(`decision.${claim.decision}`)}</Tag>
      </p>
      <dl className={s.facts}>
        {facts
          .filter(([, value]) => value !== '')
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <Name>{value}</Name>
              </dd>
            </div>
          ))}
      </dl>
      <Offers open={open} />
    </section>
  );
}
