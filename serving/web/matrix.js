/** Speakers by claims, as a table that reads as one. */

import { depth } from "./article.js";
import { bdi, counted, el, percent, sign, unseen } from "./dom.js";
import { cellOf } from "./speakers.js";
import { STANCES, WORD } from "./study.js";

/** The table; `open(row, claim, cell, content)` wraps a cell's content in what picks it; flagged rows say why. */
export function matrixOf(rows, claims, flags, open) {
  const caption = `Who stands where: ${counted(rows.length, "speaker")}, ${counted(claims.length, "claim")}`;
  const heads = claims.map((claim, index) =>
    el("th", { scope: "col" }, el("span", { class: "number" }, `Claim ${index + 1}`), el("span", { class: "claim", dir: "auto", title: claim }, claim)),
  );
  return el(
    "table",
    { class: "matrix" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Speaker"), ...heads)),
    el("tbody", {}, ...rows.map((row) => rowOf(row, claims, flags, open))),
  );
}

/** One speaker's row. */
export function rowOf(row, claims, flags, open) {
  const cells = claims.map((_, claim) => {
    const cell = cellOf(row, claim);
    if (!cell.items.length) return el("td", { class: "empty" }, el("span", { "aria-hidden": "true" }, "·"), unseen("nothing"));
    const flagged = flags.filter((flag) => flag.claim === claim && flag.rows.includes(row));
    return el("td", {}, open(row, claim, cell, contentOf(cell, flagged)));
  });
  return el("tr", {}, el("th", { scope: "row" }, bdi(row.name), described(row)), ...cells);
}

/** How the article introduces a speaker, where that says more than the name. */
function described(row) {
  const longest = [...row.as].sort((a, b) => b.length - a.length)[0] ?? "";
  return longest.length > row.name.length + 4 ? el("span", { class: "described", dir: "auto" }, longest) : null;
}

/** A cell's sign, stance, certainty and number; what else was said in it; its flags. */
export function contentOf(cell, flagged = []) {
  const word = cell.stance === "open" ? "Left open" : WORD[cell.stance];
  const sure = STANCES.includes(cell.stance);
  const kinds = [...new Set(flagged.map((flag) => flag.kind))];
  const others = STANCES.filter((stance) => stance !== cell.stance && cell.counts[stance]);
  return [
    el("span", { class: "chip", "data-stance": cell.stance, "data-depth": depth(cell.certainty) }, sign(cell.stance), word, sure ? ` ${percent(cell.certainty)}` : ""),
    el("span", { class: "count" }, counted(cell.items.length, "statement"), ...others.flatMap((stance) => [", ", sign(stance), ` ${cell.counts[stance]} ${stance}`])),
    cell.human && el("span", { class: "human" }, sign("human"), "human label"),
    ...kinds.map((kind) => el("span", { class: "flag" }, sign("flag"), kind === "self" ? "contradicts" : "spokesman differs")),
  ].filter(Boolean);
}
