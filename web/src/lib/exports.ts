// What a reader takes along from a panel: the same rows in the same order as on the page.

export interface Exports {
  name: string;
  /** Column names, then rows; exact values beside the formatted ones where both matter. */
  table: { columns: string[]; rows: (string | number | null)[][] };
  json: unknown;
  /** An image, drawn anew with the colours of the page written into it. */
  svg?: () => string;
}

/** A spreadsheet would run a cell that begins so. */
const FORMULA = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;

export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  let text = String(value);
  if (FORMULA.test(text) && !PLAIN_NUMBER.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv({ columns, rows }: Exports['table']): string {
  return [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

export function save(name: string, type: string, content: string | Blob): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 120);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Twice the size, for screens with fine pixels. */
export async function savePng(name: string, svg: string): Promise<void> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser draws no canvas');
    context.scale(2, 2);
    context.drawImage(image, 0, 0);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (blob) save(name, 'image/png', blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}
