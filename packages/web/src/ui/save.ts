/** Hands a file to the browser, which asks where it goes. */

/** Long enough for the browser to have begun. */
const KEPT_MS = 60_000;

export async function saveResponse(response: Response, name: string): Promise<void> {
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
