/** The article with its statements marked: colour and underline by stance, depth by certainty, full where quoted. */

import { el, percent, sign } from "./dom.js";
import { WORD } from "./study.js";

/** How a statement looks toward one claim, or toward all of them where `claim` is null. */
export function faceOf(study, statement, claim) {
  const items = study.of(statement).filter((item) => item.shown && (claim === null || item.claim === claim));
  const counting = items.filter((item) => item.stance !== "unrelated");
  const stances = new Set(counting.map((item) => (item.open ? "open" : item.stance)));
  const certainty = Math.max(0, ...counting.map((item) => item.certainty));
  return {
    stance: stances.size > 1 ? "several" : ([...stances][0] ?? "none"),
    depth: depth(certainty),
    certainty,
    human: items.some((item) => item.human),
  };
}

/** Four steps that the eye can tell apart. */
export const depth = (certainty) => [0.4, 0.6, 0.8].filter((step) => certainty >= step).length + 1;

/** Dress a mark, a pin or a sign in its face. */
export function dress(element, face) {
  Object.assign(element.dataset, { stance: face.stance, depth: face.depth });
  element.toggleAttribute("data-human", face.human);
}

/** The article's paragraphs; `pin(statement)` makes what stands before each statement. */
export function articleOf(study, claim, pin = pinOf) {
  const context = { study, claim, pin, covers: segments(study) };
  const paragraphs = document.createDocumentFragment();
  let place = 0;
  let start = 0;
  for (const line of study.article.split("\n")) {
    const end = start + line.length;
    const paragraph = el("p", { dir: "auto" });
    while (place < context.covers.length && context.covers[place].end <= start) place += 1;
    for (let i = place; i < context.covers.length && context.covers[i].start < Math.max(end, start + 1); i++) {
      paragraph.append(...pieces(context, context.covers[i], start, end));
    }
    if (line.trim()) paragraphs.append(paragraph);
    start = end + 1;
  }
  return paragraphs;
}

/** The article cut, in UTF-16 units, at every edge of every fragment: statements may overlap, marks may not. */
function segments(study) {
  const edges = new Map([[0, []], [study.article.length, []]]);
  const at = (offset) => {
    const unit = study.points.unit(offset);
    if (!edges.has(unit)) edges.set(unit, []);
    return edges.get(unit);
  };
  for (const statement of study.statements) {
    statement.content.forEach(({ start, end }, index) => {
      at(start).push({ open: statement, first: index === 0 });
      at(end).push({ close: statement });
    });
    for (const { start, end } of statement.verbatim) {
      at(start).push({ quoted: 1 });
      at(end).push({ quoted: -1 });
    }
  }
  return sweep([...edges].sort(([a], [b]) => a - b));
}

function sweep(edges) {
  const inside = new Set();
  const found = [];
  let quoted = 0;
  edges.slice(0, -1).forEach(([start, happenings], index) => {
    for (const { close, quoted: by } of happenings) {
      if (close) inside.delete(close);
      quoted += by ?? 0;
    }
    for (const { open } of happenings) if (open) inside.add(open);
    const pins = happenings.filter(({ open, first }) => open && first).map(({ open }) => open);
    const innermost = [...inside].sort((a, b) => a.end - a.start - (b.end - b.start))[0];
    found.push({ start, end: edges[index + 1][0], statement: innermost, pins, quoted: quoted > 0 });
  });
  return found;
}

/** What of a segment stands in the line [start, end). */
function* pieces({ study, claim, pin }, segment, start, end) {
  if (segment.start >= start) for (const statement of segment.pins) yield pin(study, statement, claim);
  const text = study.article.slice(Math.max(segment.start, start), Math.min(segment.end, end));
  if (!segment.statement) yield text;
  else if (text) {
    const { id } = segment.statement;
    const mark = el("mark", { "data-statement": id, "data-speech": segment.quoted ? "quoted" : "reported" }, text);
    dress(mark, faceOf(study, segment.statement, claim));
    yield mark;
  }
}

/** The button before a statement: its sign to the eye, and who says what how surely to a screen reader. */
function pinOf(study, statement, claim) {
  const pin = el("button", { type: "button", class: "pin", id: `pin-${statement.id}`, tabindex: "-1" });
  pin.dataset.statement = statement.id;
  fillPin(pin, study, statement, claim);
  return pin;
}

/** Say on a pin what its statement comes to now. */
export function fillPin(pin, study, statement, claim) {
  const face = faceOf(study, statement, claim);
  dress(pin, face);
  const said = { several: "differs by claim", none: "on none of the claims", open: "left open" };
  const word = said[face.stance] ?? `${WORD[face.stance]} ${percent(face.certainty)}`;
  const who = statement.speaker?.name ?? statement.speaker?.text ?? "no speaker named";
  const human = face.human ? ", labelled by a human" : "";
  pin.setAttribute("aria-label", `Statement ${statement.id + 1}, ${speech(statement)}, ${who}: ${word}${human}`); // no text: it would be copied with the article
  pin.replaceChildren(sign(face.stance));
}

/** Direct or reported, and whether it is said, thought or wanted. */
export function speech(statement) {
  const kind = { direct: "quoted", mixed: "partly quoted", indirect: "reported" }[statement.kind];
  const act = { belief: ", as a thought", intention: ", as a wish or plan" }[statement.act] ?? "";
  return kind + act;
}
