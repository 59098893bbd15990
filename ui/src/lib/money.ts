/** An amount with an unambiguous currency: the platform's digits are never rounded. */
export function money(amount: string, currency: string, language: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(amount)) return [amount, currency].filter(Boolean).join(' ');
  const digits = amount.split('.')[1]?.length ?? 0;
  const number = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount as Intl.StringNumericLiteral);
  return [number, currency].filter(Boolean).join(' ');
}
