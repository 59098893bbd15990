import { expect, test } from 'vitest';
import { hostOf } from './host';

test('a link leads to its host, whatever it pretends', () => {
  expect(hostOf('https://wildberries.ru@evil.example/login')?.name).toBe('evil.example');
  expect(hostOf('https://[broken')).toBeNull();
  expect(hostOf('https://example.com:8080/a')).toEqual({
    name: 'example.com',
    written: null,
    mixed: false,
    resembles: null,
  });
});

test('a host in other letters is shown in both ways', () => {
  expect(hostOf('https://xn--80ak6aa92e.com/')).toMatchObject({ name: 'xn--80ak6aa92e.com', written: 'аррӏе.com' });
  expect(hostOf('https://почта.рф/')).toMatchObject({
    name: 'xn--80a1acny.xn--p1ai',
    written: 'почта.рф',
    mixed: false,
  });
});

test.each([
  ['https://ozоn.ru/pay', 'Ozon'],
  ['https://0zon.ru/', 'Ozon'],
  ['https://ozon.ru.pay-order.example/', 'Ozon'],
  ['https://ozon-refund.example/', 'Ozon'],
  ['https://wildberies.ru/', 'Wildberries'],
  ['https://wi1dberries.shop/', 'Wildberries'],
  ['https://vvildberries.com/', 'Wildberries'],
  ['https://aliexpres.com/', 'AliExpress'],
])('%s passes for %s', (link, name) => {
  expect(hostOf(link)?.resembles).toBe(name);
});

test.each([
  'https://www.ozon.ru/product/1',
  'https://seller.ozon.ru/',
  'https://ir.ozonusercontent.com/x.jpg',
  'https://www.wildberries.ru/catalog/1',
  'https://feedback.wb.ru/',
  'https://aliexpress.ru/item/1',
  'https://zonda.example/',
  'https://ozone.example/',
])('%s passes for nothing', (link) => {
  expect(hostOf(link)?.resembles).toBeNull();
});

test('letters of two alphabets in one word are told', () => {
  expect(hostOf('https://ozоn.ru/')?.mixed).toBe(true);
  expect(hostOf('https://shop.почта.рф/')?.mixed).toBe(false);
});
