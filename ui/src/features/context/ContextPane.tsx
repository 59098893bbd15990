import type { ReactNode } from 'react';
import type { ConversationDetail } from '../../api/client';
import { platform } from '../../platform/platform';
import { instant } from '../../lib/time';
import { known, useWords, type WordId } from '../../lib/words';
import { Facts } from '../../ui/Facts';
import { Icon } from '../../ui/Icon';
import { Name } from '../../ui/Quoted';
import s from './ContextPane.module.css';

/** What is known beside the conversation: product, order, and the rules that bite here with their sources. */
export function ContextPane({ open }: { open: ConversationDetail }) {
  const { say, language } = useWords();
  const { product, order, deadline, window: limit } = open;
  return (
    <aside className={s.context} aria-label={say('context.name')}>
      {product != null && (
        <section className={s.card}>
          {product.picture != null ? (
            <img className={s.picture} src={product.picture} alt="" loading="lazy" />
          ) : (
            <span className={s.picture}>
              <Icon name="parcel" size={20} />
            </span>
          )}
          <div className={s.product}>
            <h3>
              <Name>{product.name || open.subject}</Name>
            </h3>
            <p>{[product.article, product.price].filter(Boolean).join(' · ')}</p>
            <p>{product.key}</p>
          </div>
        </section>
      )}
      {(order != null || open.order_no !== '') && (
        <Part title={say('facts.order')} aside={product?.page ? <Outside address={product.page} /> : null}>
          <Facts
            of={[
              { label: say('facts.number'), value: order?.number ?? open.order_no, copy: true },
              { label: say('facts.status'), value: order?.status ?? '' },
              { label: say('facts.city'), value: order?.city ?? '' },
              { label: say('facts.tracking'), value: order?.tracking ?? '', copy: true },
              {
                label: say('facts.ordered'),
                value: order?.created_at == null ? '' : instant(Date.parse(order.created_at), language),
              },
            ]}
          />
        </Part>
      )}
      {(deadline != null || limit != null || open.edit_until != null) && (
        <Part title={say('context.rules')}>
          {deadline != null && <Rule name="facts.deadline" at={deadline.at} of={deadline} />}
          {limit != null && <Rule name="facts.window" at={limit.at} of={limit} />}
          {open.edit_until != null && <Rule name="facts.edit_until" at={open.edit_until} />}
        </Part>
      )}
    </aside>
  );
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <h3 className={s.title}>
        {title}
        {aside}
      </h3>
      {children}
    </section>
  );
}

function Outside({ address }: { address: string }) {
  const { say } = useWords();
  return (
    <button type="button" className={s.outside} onClick={() => platform.open(address)}>
      {say('context.outside')}
    </button>
  );
}

type Basis = { rule: string; steps: string[]; source: string };

/** An instant and why it is that one. Sources are in the words of whoever noted them, so they wait for a look. */
function Rule({ name, at, of }: { name: WordId; at: string; of?: Basis }) {
  const { say, language } = useWords();
  const id = `rule.${of?.rule ?? ''}`;
  const why = known(id) ? say(id) : (of?.source ?? '');
  return (
    <div className={s.rule} title={of && [of.source, ...of.steps].join('\n')}>
      <Icon name="clock" size={16} />
      <p>
        {say(name)}: <b>{instant(Date.parse(at), language)}</b>
        {why !== '' && <span className={s.source}>{why}</span>}
      </p>
    </div>
  );
}
