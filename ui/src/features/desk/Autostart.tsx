import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useWords } from '../../lib/words';
import { platform } from '../../platform/platform';
import { Switch } from '../../ui/Switch';

const KEY = ['desk', 'autostart'];

/** Whether the program starts with the computer; nothing in a browser, which cannot have a say in it. */
export function Autostart() {
  const { say } = useWords();
  const queries = useQueryClient();
  const host = platform.autostart;
  const on = useQuery({ queryKey: KEY, queryFn: () => host?.is() ?? false, enabled: host !== null }).data;
  const set = useMutation({
    mutationFn: async (wanted: boolean) => host?.set(wanted),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  if (host === null || on === undefined) return null;
  return <Switch label={say('settings.autostart')} on={on} onChange={(wanted) => set.mutate(wanted)} />;
}
