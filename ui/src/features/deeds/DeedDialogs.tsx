import { SnoozeDialog } from './SnoozeDialog';
import { TagDialog } from './TagDialog';
import { isPast, type Deeds } from './useDeeds';

/** What a deed asks before it is done. */
export function DeedDialogs({ deeds }: { deeds: Deeds }) {
  const { subjects, over, ask, snooze, tag } = deeds;
  if (over === 'snooze') {
    return (
      <SnoozeDialog
        isLate={(until) => subjects.some((one) => isPast(one, until))}
        snoozed={subjects.some((one) => one.snoozed_until != null)}
        onChoose={snooze}
        onClose={() => ask(null)}
      />
    );
  }
  if (over === 'tags') {
    return (
      <TagDialog
        has={(id) => {
          const having = subjects.filter((one) => one.tags.includes(id)).length;
          return having === 0 ? 'none' : having === subjects.length ? 'all' : 'some';
        }}
        onTag={tag}
        onClose={() => ask(null)}
      />
    );
  }
  return null;
}
