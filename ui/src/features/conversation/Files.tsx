import { useState } from 'react';
import type { Attachment } from '../../api/client';
import { bytes } from '../../lib/text';
import { useWords } from '../../lib/words';
import { Dialog } from '../../ui/Dialog';
import { FileChip } from '../../ui/FileChip';
import s from './Files.module.css';

const address = (message: number, file: Attachment) => `/api/messages/${message}/attachments/${file.place}`;

/** Files of a message: pictures as the program decoded them, everything else by name. */
export function Files({ message, files }: { message: number; files: Attachment[] }) {
  const pictures = files.filter((file) => file.picture && file.state !== 'missing' && file.state !== 'refused');
  const others = files.filter((file) => !pictures.includes(file));
  return (
    <div className={s.files}>
      {pictures.map((file) => (
        <Picture key={file.place} source={address(message, file)} file={file} />
      ))}
      {others.map((file) => (
        <Other key={file.place} source={address(message, file)} file={file} />
      ))}
    </div>
  );
}

function Picture({ source, file }: { source: string; file: Attachment }) {
  const { say } = useWords();
  const [large, enlarge] = useState(false);
  const [broken, breakDown] = useState(false);
  if (broken) return <Other source={source} file={file} />;
  const preview = `${source}/preview`;
  return (
    <>
      <button
        type="button"
        className={s.picture}
        aria-label={say('file.enlarge', { name: file.name })}
        onClick={() => enlarge(true)}
      >
        <img src={`${preview}?edge=300`} alt="" loading="lazy" decoding="async" onError={() => breakDown(true)} />
      </button>
      {large && (
        <Dialog label={file.name || say('message.file')} wide onClose={() => enlarge(false)}>
          <img className={s.large} src={`${preview}?edge=1600`} alt={file.name} />
        </Dialog>
      )}
    </>
  );
}

function Other({ source, file }: { source: string; file: Attachment }) {
  const { say, language } = useWords();
  const gone = file.state === 'missing' || file.state === 'refused';
  const facts = [file.size == null ? null : bytes(file.size, language), gone ? say(`file.${file.cause}`) : null];
  const name = file.name || file.mime || say('message.file');
  const chip = <FileChip name={name} facts={facts} danger={file.danger} />;
  if (gone) return chip;
  return (
    <a className={s.other} href={source} download={file.name || true}>
      {chip}
    </a>
  );
}
