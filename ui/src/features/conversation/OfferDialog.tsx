import { useState } from 'react';
import { newKey, type Offer } from '../../api/client';
import { queue } from '../../api/queries/conversation';
import { lengthOf } from '../../lib/text';
import { money } from '../../lib/money';
import { useProblem } from '../../lib/problem';
import { useWords, type WordId } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';

type Props = { conversation: number; offer: Offer; onClose: () => void };

/** A decision: what the platform asks for, what follows in words, and one press that does it once. */
export function OfferDialog({ conversation, offer, onClose }: Props) {
  const { say, language } = useWords();
  const problem = useProblem();
  const [values, setValues] = useState<Record<string, string>>({});
  const [key] = useState(newKey);
  const [state, setState] = useState<{ busy: boolean; failure: string }>({ busy: false, failure: '' });
  const missing = offer.fields.find((field) => !complete(field, offer.fields, values));
  const { effect, money: sum } = offer.consequence;
  const amount = sum == null ? '' : money(sum.amount, sum.currency, language);

  const decide = async () => {
    setState({ busy: true, failure: '' });
    try {
      const fields = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
      await queue(conversation, key, { action: 'act', act: { name: offer.name, fields }, confirmed: true });
      onClose();
    } catch (failure) {
      setState({ busy: false, failure: problem(failure) });
    }
  };

  return (
    <Dialog label={say(`effect.${effect}`)} onClose={onClose}>
      <p>{say(`consequence.${effect}`, { amount })}</p>
      {offer.label !== '' && <p>{say('offer.label', { label: offer.label })}</p>}
      {offer.fields.map((field) => (
        <Field
          key={field.name}
          label={word(`offer_field.${field.name}`, field.name, say)}
          value={values[field.name] ?? ''}
          required={field.required}
          hint={
            field.takes.type === 'text' ? `${lengthOf(values[field.name] ?? '')} / ${field.takes.max}` : hint(field)
          }
          {...(field.takes.type === 'choice' && {
            options: field.takes.options.map((option) => ({ value: option.value, label: option.label })),
          })}
          lines={field.takes.type === 'text' ? 4 : 1}
          onChange={(value) => setValues({ ...values, [field.name]: value })}
        />
      ))}
      {state.failure !== '' && <p role="alert">{state.failure}</p>}
      <Dialog.Foot>
        <Button onClick={onClose}>{say('dialog.cancel')}</Button>
        <Button
          look="main"
          onClick={() => void decide()}
          blocked={
            state.busy
              ? say('dialog.busy')
              : missing && say('offer.missing', { field: word(`offer_field.${missing.name}`, missing.name, say) })
          }
        >
          {say(`effect.${effect}`)}
        </Button>
      </Dialog.Foot>
    </Dialog>
  );
}

type OfferField = Offer['fields'][number];

function hint(field: OfferField): string {
  return field.takes.type === 'amount'
    ? [field.takes.max && `≤ ${field.takes.max}`, field.takes.currency].filter(Boolean).join(' ')
    : '';
}

/** Whether a field has what the platform asks for; a chosen reason may ask for a comment beside it. */
function complete(field: OfferField, fields: OfferField[], values: Record<string, string>): boolean {
  const value = (values[field.name] ?? '').trim();
  const asked =
    field.name === 'comment' &&
    fields.some(({ name, takes }) => takes.type === 'choice' && wantsComment(takes, values[name]));
  if (value === '') return !field.required && !asked;
  if (field.takes.type === 'text') return lengthOf(value) >= field.takes.min && lengthOf(value) <= field.takes.max;
  if (field.takes.type === 'amount') return /^\d+([.,]\d{1,2})?$/.test(value);
  return true;
}

const wantsComment = (takes: Extract<OfferField['takes'], { type: 'choice' }>, value: string | undefined): boolean =>
  takes.options.some((option) => option.value === value && option.needs_comment);

/** The words for a name the platform gives; the name itself while there are none. */
const word = (id: string, name: string, say: (id: WordId) => string) => {
  const words = say(id as WordId);
  return words === id ? name : words;
};
