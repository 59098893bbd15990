import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { COLOURS, labels as labelsQuery, makeLabel, type Label } from '../../api/queries/labels';
import { useProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { Dialog } from '../../ui/Dialog';
import { LabelTag } from '../../ui/marks';
import { SearchField } from '../../ui/SearchField';
import s from './deeds.module.css';

type Props = {
  /** How many of those it is about have a tag: all, some or none. */
  has: (tag: number) => 'all' | 'some' | 'none';
  onTag: (tag: Label, on: boolean) => void;
  onClose: () => void;
};

/** Tags, to be given and taken; a name that there is none of yet becomes a new one. */
export function TagDialog({ has, onTag, onClose }: Props) {
  const { say } = useWords();
  const problem = useProblem();
  const queries = useQueryClient();
  const [typed, type] = useState('');
  const [failure, setFailure] = useState('');
  const known = useQuery(labelsQuery).data ?? [];
  const wanted = typed.trim().toLowerCase();
  const shown = known.filter(({ name }) => name.toLowerCase().includes(wanted));
  const same = known.find(({ name }) => name.toLowerCase() === wanted);
  const give = (tag: Label) => onTag(tag, has(tag.id) !== 'all');

  const make = async () => {
    setFailure('');
    const colour = COLOURS[known.length % COLOURS.length] ?? 'grey';
    try {
      const tag = await makeLabel(typed.trim(), colour);
      queries.setQueryData(labelsQuery.queryKey, (before) => [...(before ?? []), tag]);
      type('');
      onTag(tag, true);
    } catch (error) {
      setFailure(problem(error));
    }
  };

  return (
    <Dialog label={say('command.tags')} onClose={onClose}>
      <SearchField
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever asked for tags writes next
        autoFocus
        label={say('tags.find')}
        value={typed}
        maxLength={40}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.keyCode === 229 || wanted === '') return;
          event.preventDefault();
          const only = same ?? (shown.length === 1 ? shown[0] : undefined);
          if (only === undefined) void make();
          else give(only);
        }}
      />
      <ul className={s.options}>
        {shown.map((tag) => (
          <li key={tag.id}>
            <label className={s.tag}>
              <input
                type="checkbox"
                checked={has(tag.id) === 'all'}
                ref={(box) => {
                  if (box !== null) box.indeterminate = has(tag.id) === 'some';
                }}
                onChange={() => give(tag)}
              />
              <LabelTag label={tag} />
            </label>
          </li>
        ))}
        {wanted !== '' && same === undefined && (
          <li>
            <button type="button" onClick={() => void make()}>
              <span className={s.words}>{say('tags.make', { name: typed.trim() })}</span>
            </button>
          </li>
        )}
      </ul>
      {known.length === 0 && wanted === '' && <p className={s.when}>{say('tags.none')}</p>}
      {failure !== '' && <p role="alert">{failure}</p>}
    </Dialog>
  );
}
