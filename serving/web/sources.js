/** The dated texts that are compared: an article, or where a speaker is named that speaker's own statement. */

import { el } from "./dom.js";

let number = 0;

/** A source's fields. */
export function sourceOf({ date = "", title = "", speaker = "", text = "", format = "text" } = {}) {
  number += 1;
  const field = (name, label, attributes, value) => {
    const id = `${name}-${number}`;
    const input = el(name === "text" ? "textarea" : "input", { id, dir: "auto", ...attributes });
    input.value = value;
    input.dataset.field = name;
    return el("div", { class: `field ${name}` }, el("label", { for: id }, label), input);
  };
  const remove = el("button", { type: "button", class: "quiet", "data-remove": "" }, "Remove");
  const source = el(
    "li",
    { class: "source" },
    field("date", "Date", { type: "date" }, date),
    field("title", "Where", { placeholder: "paper, programme, link" }, title),
    field("speaker", "Speaker, if it is one statement", { placeholder: "leave empty for an article" }, speaker),
    field("text", "Text", { rows: "4", spellcheck: "false" }, text),
    remove,
  );
  source.format = format;
  source.read = text;
  return source;
}

/** What a source's fields hold; a text that was edited is no longer the page that it was read from. */
export function valuesOf(source) {
  const values = {};
  for (const input of source.querySelectorAll("[data-field]")) values[input.dataset.field] = input.value.trim() ? input.value : "";
  return { ...values, speaker: values.speaker.trim(), format: values.text === source.read ? source.format : "text" };
}

/** Three invented sources in which a minister comes round. */
export const EXAMPLE = {
  claim: "The bridge will open before the winter.",
  sources: [
    { date: "2026-03-02", title: "Harbour Gazette", text: "The transport minister, Ines Farrow, promised on Monday that the bridge would be open by October. “Nobody will wait for it in the snow,” she said. The builder, Tomas Reck, said he was confident that the work would be finished in time." },
    { date: "2026-07-14", title: "Evening Post", text: "“It may be this year, it may be next, I cannot say,” Ines Farrow told reporters at the site. Tomas Reck insisted that his men would finish before the first frost." },
    { date: "2026-10-05", title: "Morning Call, radio", speaker: "Ines Farrow", text: "The bridge will not open before the winter, and I am sorry for it." },
  ],
};
