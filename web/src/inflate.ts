// The page's data: JSON, deflated (zlib), in base64, in a script element that no browser runs.

export async function pageData(): Promise<unknown> {
  const text = document.getElementById("record")?.textContent?.trim() ?? "";
  if (text === "") throw new Error("this page holds no data");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
