// What stands behind the # of the address: a program, compressed; or the name of a beginning; and the language.
const BASE64 = { "+": "-", "/": "_", "=": "" };

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

export async function packed(text) {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/[+/=]/g, (sign) => BASE64[sign]);
}

export async function unpacked(code) {
  const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = await through(Uint8Array.from(binary, (sign) => sign.charCodeAt(0)), new DecompressionStream("deflate-raw"));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

export const parts = () => new URLSearchParams(location.hash.slice(1));

// Writes parts into the address; null takes one out. Nothing is added to the history.
export function put(changes) {
  const all = parts();
  for (const [name, value] of Object.entries(changes)) value === null ? all.delete(name) : all.set(name, value);
  history.replaceState(null, "", `${location.pathname}${location.search}${all.size ? `#${all}` : ""}`);
}
