/** What the signs mean, and by which rules flags are set: the same words on the page and in a report. */

import { bdi, el, sign } from "./dom.js";
import { STANCES, WORD } from "./study.js";

/** The signs, the depths and the two fills. */
export function legendOf() {
  const marks = STANCES.map((stance) => item(stance, WORD[stance]));
  const fills = [
    el("li", {}, el("mark", { "data-stance": "hedge", "data-depth": "3", "data-speech": "quoted" }, "filled"), " in quotation marks"),
    el("li", {}, el("mark", { "data-stance": "hedge", "data-depth": "3", "data-speech": "reported" }, "half filled"), " reported"),
    el("li", {}, ...[1, 2, 3, 4].map((depth) => el("mark", { "data-stance": "denial", "data-depth": depth, "data-speech": "quoted" }, "\u2002")), " the deeper the more certain"),
  ];
  return el("ul", { class: "legend", "aria-label": "Legend" }, ...marks, item("several", "differs by claim"), item("none", "on none of the claims"), ...fills);
}

const item = (stance, word) =>
  el("li", {}, sign(stance), el("mark", { "data-stance": stance, "data-depth": "2", "data-speech": "quoted" }, word));

/** A flag as a sentence. */
export function flagText({ kind, claim, rows, stances }) {
  const [one, other] = rows.map((row) => bdi(row.name));
  const [first, second] = stances.map((stance) => el("span", { class: "chip", "data-stance": stance }, sign(stance), stance));
  if (kind === "self") return [sign("flag"), one, ` contradicts: both `, first, " and ", second, ` on claim ${claim + 1}`];
  return [sign("flag"), one, " speaks for ", other, ` but differs on claim ${claim + 1}: `, first, ", not ", second];
}

/** How a cell comes about and when a flag is set. */
export function rulesOf() {
  return el(
    "details",
    { class: "rules" },
    el("summary", {}, "How cells and flags are made"),
    el("p", {}, "A cell shows the stance that most of the speaker’s statements take (of two the more certain), how certain these are on average, and how many statements it holds. A human label counts instead of the model’s, as certain. What is less certain than you ask stays open and counts for nothing."),
    el("p", {}, "“Contradicts”: the same speaker, by name, both supports and denies the claim. A hedge contradicts nothing."),
    el("p", {}, "“Spokesman differs”: one is introduced as the spokesman, press secretary or lawyer for (or of) somebody, another is that somebody or is described with the same words, and their cells show different stances. It goes by the article’s words and may be wrong: look at both."),
  );
}
