import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads `90s`, `30m`, `24h`, `7d` or `1d12h` as milliseconds.
 * @throws Failure (exit 2) for anything else
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== text) {
    throw refusal({
      message: `${quoted(text)} is no duration`,
      help: 'Write it as 90s, 30m, 24h, 7d or 1d12h.',
    });
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (MILLISECONDS[unit ?? ''] ?? 0), 0);
}
