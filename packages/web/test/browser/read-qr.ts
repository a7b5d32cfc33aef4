/** Reads a QR code off the screen, as a camera would: its pixels, whatever they were drawn with. */
import jsqr from 'jsqr';
import type { Locator } from 'playwright-core';
import { atRest } from './chromium.ts';

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Base64, four bytes each. */
  readonly bytes: string;
}

/** Undefined: it is none that a reader knows. */
export async function readQrCode(code: Locator): Promise<string | undefined> {
  // what fades in is pale, and what moves is cut off
  await code.waitFor();
  await atRest(code.page());
  const picture = (await code.screenshot()).toString('base64');
  // Node reads no pictures; a browser does
  const { width, height, bytes } = (await code.page().evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture}';
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let text = '';
    for (const byte of data) text += String.fromCharCode(byte);
    return { width: image.width, height: image.height, bytes: btoa(text) };
  })()`)) as Pixels;
  return jsqr(new Uint8ClampedArray(Buffer.from(bytes, 'base64')), width, height)?.data;
}
