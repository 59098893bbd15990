import { useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { newKey, type ConversationDetail } from '../../api/client';
import { queue } from '../../api/queries/conversation';
import { useKeys } from '../../keys/bindings';
import { useCommands } from '../../keys/commands';
import { headingOf } from '../../lib/heading';
import { useProblem } from '../../lib/problem';
import { measure } from '../../lib/text';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import s from './Composer.module.css';
import { announce } from './sent';
import { useDraft } from './useDraft';
import { FileList, useFiles } from './files';

type Props = { open: ConversationDetail };

/** Where an answer is written. Drawn only where the platform takes one. */
export function Composer({ open }: Props) {
  const { say } = useWords();
  const rules = open.actions.find((offered) => offered.action === 'reply');
  if (rules === undefined) {
    return open.closed ? (
      <p className={s.none}>
        <Icon name="lock" size={16} /> {say('reply.closed')}
      </p>
    ) : null;
  }
  return <Writing open={open} rules={rules} />;
}

function Writing({ open, rules }: Props & { rules: ConversationDetail['actions'][number] }) {
  const { say } = useWords();
  const problem = useProblem();
  const queries = useQueryClient();
  const keys = useKeys();
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useDraft(open.id, open.draft, open.draft_files);
  const { text, write, keeping } = draft;
  const [key, setKey] = useState<string | null>(null);
  const files = useFiles(rules.files ?? null, draft.files, open.draft_files, (ids) => {
    // Other files are another answer, as another text is.
    setKey(null);
    draft.attach(ids);
  });
  const [state, setState] = useState<{ busy: boolean; failure: string }>({ busy: false, failure: '' });

  const { length, state: stands } = measure(text, rules);
  const bounds = { min: rules.min_length ?? 1, max: rules.max_length ?? '∞' };
  const empty = length === 0 && files.taken.length === 0;
  const fits = stands === 'fits' || stands === 'near' || (length === 0 && files.taken.length > 0);
  const blocked = state.busy || files.busy ? say('dialog.busy') : empty || !fits ? say('reply.blocked', bounds) : null;

  const send = async () => {
    if (blocked !== null) return;
    // Kept until the answer is queued: pressing again after a failure is the same answer, not a second one.
    const kept = key ?? newKey();
    setKey(kept);
    setState({ busy: true, failure: '' });
    try {
      const item = await queue(open.id, kept, { action: 'reply', text, files: files.taken.map((file) => file.id) });
      files.clear();
      write('', 'now');
      setKey(null);
      setState({ busy: false, failure: '' });
      announce({ item, name: headingOf(open, say) });
      void queries.invalidateQueries({ queryKey: ['conversation', open.id] });
    } catch (failure) {
      setState({ busy: false, failure: problem(failure) });
    }
  };

  useCommands({
    reply: () => field.current?.focus(),
    send: () => {
      if (document.activeElement !== field.current) return false;
      void send();
    },
    leave: () => {
      if (document.activeElement !== field.current) return false;
      field.current?.blur();
    },
    attach: rules.files == null ? undefined : files.choose,
  });

  return (
    <form
      className={s.composer}
      aria-label={say('reply.pane')}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p className={s.head}>
        <label htmlFor="answer">
          <b>{say(open.public ? 'reply.public_label' : 'reply.label')}</b>
        </label>
        {open.public && (
          <span className={s.public}>
            <Icon name="eye" size={14} /> {say('reply.public')}
          </span>
        )}
        <output htmlFor="answer" className={`${s.counter} ${s[stands]}`} aria-label={say('reply.length')}>
          {rules.max_length == null ? length : `${length} / ${rules.max_length}`}
        </output>
      </p>
      <textarea
        id="answer"
        ref={field}
        className={s.text}
        value={text}
        dir="auto"
        rows={4}
        onChange={(event) => {
          setKey(null);
          write(event.target.value, 'soon');
        }}
      />
      <FileList files={files} />
      {keeping !== 'kept' && (
        <p className={s.failure} role="alert">
          {say(keeping === 'refused' ? 'reply.not_kept' : 'reply.keeping')}
        </p>
      )}
      {(state.failure || files.failure) !== '' && (
        <p className={s.failure} role="alert">
          {state.failure || files.failure}
        </p>
      )}
      <div className={s.foot}>
        {rules.files != null && (
          <Button look="quiet" icon="file" label={say('command.attach')} onClick={files.choose} />
        )}
        <span className={s.space} />
        <Button look="main" type="submit" keys={keys('send')[0]} blocked={blocked}>
          {say(open.public ? 'reply.answer' : 'reply.send')}
        </Button>
      </div>
    </form>
  );
}
