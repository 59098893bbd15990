declare module 'punycode/punycode.js' {
  /** Hosts as they are written in their own letters. */
  const punycode: { toUnicode: (host: string) => string };
  export = punycode;
}
