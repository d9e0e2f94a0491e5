/** Cards: one statement on one claim, with the words that carried the decision, and the keys that correct it. */

import { speech } from "./article.js";
import { bdi, el, percent, sign } from "./dom.js";
import { kept } from "./labels.js";
import { LABELS, WORD } from "./study.js";

export const KEYS = { s: "support", d: "denial", h: "hedge", n: "unrelated" };

/** The card of an item; `jump` shows its place, `claimed` names the claim on it. */
export function cardOf(item, { jump, claimed, later }) {
  const card = el("li", { class: "card", tabindex: "-1", "data-key": item.key, "data-later": later });
  card.item = item;
  card.jump = jump;
  card.claimed = claimed;
  fillCard(card);
  return card;
}

/** Show on a card what its item is now. */
export function fillCard(card) {
  const { item, jump, claimed } = card;
  const { study, statement } = item;
  const dated = [study.date, study.title].filter(Boolean).join(", ");
  card.replaceChildren(
    ...[
      dated && el("p", { class: "dated" }, bdi(dated)),
      headOf(item),
      claimed && el("p", { class: "target" }, `Claim ${item.claim + 1}: `, bdi(study.claims[item.claim])),
      el("blockquote", { dir: "auto" }, ...quoted(item)),
      byline(item),
      sharesOf(item.judgement),
      kept() && buttonsOf(item),
      jump && el("button", { type: "button", class: "quiet", "data-jump": statement.id }, "Show in the article"),
      el("p", { class: "problem", role: "alert" }),
    ].filter(Boolean),
  );
}

function headOf(item) {
  const stance = item.open && item.stance !== "unrelated" ? "open" : item.stance;
  const word = stance === "open" ? `Left open: ${WORD[item.stance]}` : WORD[item.stance];
  const chip = el("span", { class: "chip", "data-stance": stance }, sign(stance), word, item.human ? "" : ` ${percent(item.certainty)}`);
  return el("p", { class: "verdict" }, chip, item.human && humanOf(item.human), item.judgement.truncated && el("span", { class: "flag" }, "judged on part of the text: it is too long for the model"));
}

function humanOf({ annotator, at }) {
  const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const by = annotator ? [" by ", bdi(annotator)] : [];
  return el("span", { class: "human" }, sign("human"), el("span", {}, "human label", ...by, ", ", el("time", { datetime: at }, time)));
}

/** The statement's words, those that carried the decision in bold. */
function quoted(item) {
  const text = item.study.words(item.statement);
  const evidence = (item.explanation?.evidence ?? []).filter(({ part }) => part === "statement");
  return emphasised(text, evidence);
}

/** Who said it by which word: the cue may have carried the decision too. */
function byline({ statement, explanation }) {
  const { speaker, cue } = statement;
  const name = speaker?.name ?? speaker?.text;
  const carried = (explanation?.evidence ?? []).filter(({ part }) => part === "cue");
  return el(
    "p",
    { class: "by" },
    name ? bdi(name) : "No speaker named",
    speaker?.name && speaker.text !== speaker.name ? [" (“", bdi(speaker.text), "”)"] : [],
    cue && el("span", { class: "cue" }, " ", el("bdi", {}, ...emphasised(cue.text, carried))),
    ` · ${speech(statement)}`,
    explanation && !explanation.evidence.length && " · no single word carried the decision",
  );
}

function* emphasised(text, evidence) {
  const units = [...text]; // by code points, as the evidence counts
  let place = 0;
  for (const { start, end } of [...evidence].sort((a, b) => a.start - b.start)) {
    yield units.slice(place, start).join("");
    yield el("strong", { class: "evidence" }, units.slice(start, end).join(""));
    place = end;
  }
  yield units.slice(place).join("");
}

/** All four probabilities, as the model gave them. */
function sharesOf({ probabilities }) {
  const entries = LABELS.map((label) => {
    const bar = el("span", { class: "bar", "data-stance": label, "aria-hidden": "true" });
    bar.style.setProperty("--share", probabilities[label]);
    return el("div", {}, el("dt", {}, label === "unrelated" ? "not on this" : label), el("dd", {}, bar, percent(probabilities[label])));
  });
  return el("dl", { class: "shares", "aria-label": "The model's probabilities" }, ...entries);
}

function buttonsOf(item) {
  const choices = Object.entries(KEYS).map(([key, stance]) =>
    el(
      "button",
      { type: "button", "data-give": stance, "aria-pressed": String(item.human?.stance === stance), "aria-keyshortcuts": key },
      sign(stance),
      stance === "unrelated" ? "Nothing on this" : WORD[stance],
      el("kbd", {}, key),
    ),
  );
  const undo = el("button", { type: "button", "data-undo": "", "aria-keyshortcuts": "u" }, "Undo", el("kbd", {}, "u"));
  return el("div", { class: "correct", role: "group", "aria-label": "Correct it" }, ...choices, item.human && undo);
}
