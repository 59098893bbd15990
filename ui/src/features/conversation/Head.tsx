import { useQuery } from '@tanstack/react-query';
import type { ConversationDetail, Shop } from '../../api/client';
import { labels as labelsQuery } from '../../api/queries/labels';
import { useKeys } from '../../keys/bindings';
import { headingOf } from '../../lib/heading';
import { useNow } from '../../lib/now';
import { when } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { LabelTag, PlatformTile, Tag, TimeLeft, TurnMark } from '../../ui/marks';
import { Name } from '../../ui/Quoted';
import type { Deeds } from '../deeds/useDeeds';
import s from './Head.module.css';

type Props = {
  open: ConversationDetail;
  shop: Shop | undefined;
  context: boolean;
  onContext: () => void;
  deeds: Deeds;
  onBack?: (() => void) | undefined;
};

export function Head({ open, shop, context, onContext, deeds, onBack }: Props) {
  const { say, language } = useWords();
  const now = useNow();
  const keys = useKeys();
  const labels = useQuery(labelsQuery).data ?? [];
  const { deadline } = open;
  return (
    <header className={s.head}>
      {onBack !== undefined && <Button look="quiet" icon="back" label={say('command.back')} onClick={onBack} />}
      <div className={s.names}>
        <h1 className={s.name}>
          <Name>{headingOf(open, say)}</Name>
        </h1>
        <p className={s.facts}>
          <PlatformTile channel={open.channel} />
          {shop !== undefined && <Name>{shop.name}</Name>}
          <span>{say(`kind.${open.kind}`)}</span>
          <TurnMark turn={open.turn} />
          {open.snoozed_until != null && (
            <Tag icon="moon">{say('thread.snoozed', { at: when(Date.parse(open.snoozed_until), now, language) })}</Tag>
          )}
          {open.public && (
            <Tag icon="eye" title={say('reply.public')}>
              {say('thread.public')}
            </Tag>
          )}
          {open.tags
            .map((id) => labels.find((label) => label.id === id))
            .filter((label) => label !== undefined)
            .map((label) => (
              <LabelTag key={label.id} label={label} />
            ))}
        </p>
      </div>
      {deadline != null && open.turn === 'ours' && (
        <TimeLeft
          due={Date.parse(deadline.at)}
          now={now}
          at={when(Date.parse(deadline.at), now, language)}
          title={[...deadline.steps, deadline.source].join('\n')}
        />
      )}
      <span className={s.deeds}>
        <Button
          look="quiet"
          icon="star"
          filled={open.starred}
          label={say(open.starred ? 'command.unstar' : 'command.star')}
          onClick={deeds.star}
        />
        <Button look="quiet" icon="tag" label={say('command.tags')} onClick={() => deeds.ask('tags')} />
        <Button look="quiet" icon="moon" label={say('command.snooze')} onClick={() => deeds.ask('snooze')} />
        <Button look="quiet" icon="pane" label={say('command.context')} expanded={context} onClick={onContext} />
      </span>
      <Button icon={open.done_at == null ? 'check' : 'undo'} keys={keys('done')[0]} onClick={deeds.done}>
        {say(open.done_at == null ? 'thread.done' : 'thread.undone')}
      </Button>
    </header>
  );
}
