import type { Schemas } from '../../api/client';
import { day } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Stars, Tag } from '../../ui/marks';
import s from './ReviewCard.module.css';

/** What a review is about beside its text: stars, purchase, size, tags. */
export function ReviewCard({ facts }: { facts: Schemas['ReviewFacts'] }) {
  const { say, language } = useWords();
  const lines = [
    facts.purchase == null ? null : say(`purchase.${facts.purchase}`),
    facts.purchased_at == null ? null : say('review.purchased', { day: day(Date.parse(facts.purchased_at), language) }),
    facts.size_fit == null ? null : say(`size_fit.${facts.size_fit}`),
    facts.return_offered_at == null ? null : say('review.return_offered'),
    facts.counts === false ? say('review.not_counted') : null,
  ].filter((line) => line !== null);
  const tags = [facts.size, facts.color, ...facts.tags].filter((tag) => tag !== '');
  return (
    <section className={s.card} aria-label={say('kind.review')}>
      {facts.stars != null && (
        <p className={s.stars}>
          <Stars of={facts.stars} big />
          <b>{say('review.stars', { stars: facts.stars })}</b>
        </p>
      )}
      {lines.length > 0 && <p className={s.lines}>{lines.join(' · ')}</p>}
      {tags.length > 0 && (
        <p className={s.tags}>
          {tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </p>
      )}
    </section>
  );
}
