import type { ConversationDetail, Shop } from '../../api/client';
import { useKeys } from '../../keys/bindings';
import { headingOf } from '../../lib/heading';
import { useNow } from '../../lib/now';
import { when } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { PlatformTile, Tag, TimeLeft, TurnMark } from '../../ui/marks';
import { Name } from '../../ui/Quoted';
import s from './Head.module.css';

type Props = {
  open: ConversationDetail;
  shop: Shop | undefined;
  context: boolean;
  onContext: () => void;
  onDone: () => void;
  onBack?: (() => void) | undefined;
};

export function Head({ open, shop, context, onContext, onDone, onBack }: Props) {
  const { say, language } = useWords();
  const now = useNow();
  const keys = useKeys();
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
          {open.public && (
            <Tag icon="eye" title={say('reply.public')}>
              {say('thread.public')}
            </Tag>
          )}
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
      <Button look="quiet" icon="pane" label={say('command.context')} expanded={context} onClick={onContext} />
      <Button icon={open.done_at == null ? 'check' : 'undo'} keys={keys('done')[0]} onClick={onDone}>
        {say(open.done_at == null ? 'thread.done' : 'thread.undone')}
      </Button>
    </header>
  );
}
