import { describe, expect, it } from 'vitest';
import { add, exactDecimal, formatMoney, money, placesFor, share, toPixelValue } from '../../src/lib/money';
import { meanRate } from '../../src/panels/kpis/rate';

const cny = (nano: bigint | string) => money(BigInt(nano), 'CNY');

describe('formatMoney', () => {
  it('writes two places with the symbol that the language uses', () => {
    expect(formatMoney(cny('12345678901234'), 'zh-CN')).toBe('¥12,345.68');
    expect(formatMoney(cny('12345678901234'), 'en')).toBe('CN¥12,345.68');
  });
  it('never writes the same sign for yuan and yen', () => {
    const yen = formatMoney(money(12_000_000_000n, 'JPY'), 'zh-CN');
    expect(yen.startsWith('JP¥')).toBe(true);
  });
  it('keeps three significant digits below one unit', () => {
    expect(formatMoney(cny('123456'), 'zh-CN')).toBe('¥0.000123');
    expect(formatMoney(cny('8715139'), 'zh-CN')).toBe('¥0.00872');
    expect(formatMoney(cny('1'), 'zh-CN')).toBe('¥0.000000001');
  });
  it('has a true minus', () => {
    expect(formatMoney(cny('-1500000000'), 'zh-CN')).toBe('−¥1.50');
  });
  it('is compact from 100,000 on where asked, and exact where asked', () => {
    expect(formatMoney(cny('99999990000000'), 'zh-CN', { compact: true })).toBe('¥99,999.99');
    expect(formatMoney(cny('12345678000000000'), 'zh-CN', { compact: true })).toBe('¥1234.57万');
    expect(formatMoney(cny('12345678000000000'), 'en', { compact: true })).toBe('CN¥12.35M');
    expect(formatMoney(cny('1000000000000000001'), 'zh-CN', { exact: true })).toBe('¥1,000,000,000.000000001');
  });
  it('loses no digit of what no float can hold', () => {
    const huge = '9007199254740993123456789';
    expect(formatMoney(cny(huge), 'en', { exact: true, bare: true })).toBe('9,007,199,254,740,993.123456789');
  });
});

describe('exactDecimal', () => {
  it('is the amount itself with nine places', () => {
    expect(exactDecimal(-1n)).toBe('-0.000000001');
    expect(exactDecimal(2_869_690_000_000n)).toBe('2869.690000000');
  });
  it('rounds half away from zero where places are left out', () => {
    expect(exactDecimal(1_005_000_000n, 2)).toBe('1.01');
    expect(exactDecimal(-1_005_000_000n, 2)).toBe('-1.01');
    expect(exactDecimal(999_999_999n, 0)).toBe('1');
  });
});

describe('sums and shares', () => {
  it('adds whole nano-units and refuses two currencies', () => {
    expect(add(cny('9007199254740993'), cny('1')).nano).toBe('9007199254740994');
    expect(() => add(cny('1'), money(1n, 'USD'))).toThrow('USD');
  });
  it('places marks with floats, never beyond a millionth', () => {
    expect(share(1n, 3n)).toBeCloseTo(1 / 3, 6);
    expect(share(5n, 0n)).toBe(0);
    expect(toPixelValue('2869690000000')).toBeCloseTo(2869.69, 9);
  });
  it('gives the mean of an hour, and nothing where no time passed', () => {
    expect(meanRate(cny('1000000000'), '1800000000000')?.nano).toBe('2000000000');
    expect(meanRate(cny('1'), 0)).toBeNull();
  });
  it('shows as many places as nano-units reach', () => {
    expect([0n, 1n, 999_999_999n, 10n ** 9n].map(placesFor)).toEqual([2, 9, 3, 2]);
  });
});
