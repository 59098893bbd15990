/** What stands behind the two doors, in outline. Decoration: the words beside them say it. */

type Row = { at: number; mark: string; long: number; short: number; due: string };

const ROWS: Row[] = [
  { at: 16, mark: 'var(--mark-oz)', long: 150, short: 96, due: 'var(--overdue)' },
  { at: 56, mark: 'var(--mark-wb)', long: 170, short: 128, due: 'var(--overdue)' },
  { at: 96, mark: 'var(--mark-oz)', long: 128, short: 110, due: 'var(--soon)' },
  { at: 136, mark: 'var(--mark-wb)', long: 160, short: 84, due: 'var(--line-strong)' },
];

export function DemoPicture() {
  return (
    <svg viewBox="0 0 460 180" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="460" height="180" fill="var(--surface-sunken)" />
      <g transform="translate(62 26)">
        <rect width="336" height="200" rx="12" fill="var(--surface-page)" stroke="var(--line)" />
        <rect x="6" y="48" width="324" height="40" rx="8" fill="var(--surface-selected)" />
        {ROWS.map(({ at, mark, long, short, due }, row) => (
          <g key={at} transform={`translate(16 ${at})`}>
            <rect width="24" height="24" rx="6" fill={mark} />
            <rect x="36" y="3" width={long} height="7" rx="3.5" fill="var(--text-2)" opacity="0.75" />
            <rect x="36" y="16" width={short} height="5" rx="2.5" fill="var(--line-strong)" />
            <rect
              x={row === 0 ? 262 : 274}
              y={row === 0 ? 2 : 6}
              width={row === 0 ? 44 : 32}
              height={row === 0 ? 14 : 6}
              rx={row === 0 ? 7 : 3}
              fill={due}
            />
          </g>
        ))}
      </g>
    </svg>
  );
}

const MARKS = [
  { x: 90, fill: 'var(--mark-wb)', letters: 'WB' },
  { x: 326, fill: 'var(--mark-oz)', letters: 'OZ' },
];

export function KeyPicture() {
  return (
    <svg viewBox="0 0 460 180" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="460" height="180" fill="var(--surface-sunken)" />
      <path
        d="M134 90H196M264 90H326"
        fill="none"
        stroke="var(--line-strong)"
        strokeWidth="2"
        strokeDasharray="2 6"
        strokeLinecap="round"
      />
      {MARKS.map(({ x, fill, letters }) => (
        <g key={letters} transform={`translate(${x} 70)`}>
          <rect width="44" height="40" rx="9" fill={fill} />
          <text x="22" y="26" textAnchor="middle" fill="var(--on-mark)" fontWeight="700" fontSize="17">
            {letters}
          </text>
        </g>
      ))}
      <circle cx="230" cy="90" r="34" fill="var(--surface-page)" stroke="var(--line)" />
      <g
        transform="translate(210 70) scale(2)"
        fill="none"
        stroke="var(--text-1)"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <circle cx="6.8" cy="13.2" r="3.3" />
        <path d="m9.2 10.8 7.3-7.3M13.5 6.500l2 2" />
      </g>
    </svg>
  );
}
