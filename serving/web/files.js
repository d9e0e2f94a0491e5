/** Files that are dropped or chosen: text or HTML, in whatever encoding they say or seem to have. */

import { Problem } from "./server.js";

const MOST = 8 * 1024 * 1024;
const MARKUP = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html|head|body|article)\b/i;

/** Whether a text is the source of a page. */
export const isMarkup = (text) => MARKUP.test(text);

/** A file as `{title, date, format, text}`; throws Problem for what is no text. */
export async function readFile(file) {
  if (file.size > MOST) throw new Problem(`“${file.name}” is larger than 8 MB; an article is smaller. Choose the page alone.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decode(bytes);
  if (text.includes("\0")) throw new Problem(`“${file.name}” is not a text or HTML file. Save the article as one of these first.`);
  const format = /\.x?html?$/i.test(file.name) || file.type.includes("html") || isMarkup(text) ? "html" : "text";
  const [date = ""] = /\d{4}-\d{2}-\d{2}/.exec(file.name) ?? [];
  return { title: file.name.replace(/\.\w+$/, ""), date, format, text };
}

/** UTF-8 where it is, else what the page or its byte order mark names, else what Western files usually are. */
function decode(bytes) {
  const utf16 = { "255,254": "utf-16le", "254,255": "utf-16be" }[bytes.subarray(0, 2).join()];
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, 2048));
    const named = /charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] ?? "windows-1252";
    try {
      return new TextDecoder(named).decode(bytes);
    } catch {
      return new TextDecoder("windows-1252").decode(bytes);
    }
  }
}

/** Let files be dropped on `zone` and chosen with `input`; `take(files)` gets them. */
export function takeFiles(zone, input, take) {
  const over = (on) => (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    zone.toggleAttribute("data-over", on);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    over(false)(event);
    take([...event.dataTransfer.files]);
  });
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
}
