/**
 * Long articles in parts, cut between paragraphs, and their answers put together again.
 *
 * Each part but the first begins with a lead-in that the part before has too, so that "he" at a cut still has somebody to
 * stand for; statements that begin in a lead-in are the earlier part's. What is lost: a quotation that runs across a cut
 * ends there, and a name that was last given in full before the lead-in (speakers.js joins "Ms Quill" to it again).
 */

import { CodePoints } from "./codepoints.js";

/** Code points asked at once: some 2,700 words, a second or two for each claim, so that progress can be seen. */
export const PART = 16_000;

/** Code points of the lead-in: the last few paragraphs. */
const LEAD = 1_500;

/** The parts of a text: `text` to send, `start` where it stands, `from` where its own statements begin, in code points. */
export function partsOf(text, most = PART) {
  const points = new CodePoints(text);
  const parts = [];
  for (let from = 0; from < points.length; ) {
    const start = from && border(points, from - LEAD, from, true);
    const room = start + most;
    const end = room >= points.length ? points.length : border(points, from + most / 4, room, false);
    parts.push({ text: points.slice(start, end), start, from, end });
    from = end;
  }
  return parts.filter((part) => points.slice(part.from, part.end).trim());
}

/** The best place to cut in [least, most]: between paragraphs, else lines, sentences, words; the first or the last such. */
function border(points, least, most, first) {
  least = Math.max(0, Math.ceil(least));
  const window = points.slice(least, most);
  for (const pattern of [/\n[^\S\n]*\n\s*/gu, /\n/gu, /[.!?…][”"’'»)]*\s+/gu, /\s+/gu]) {
    const ends = [...window.matchAll(pattern)].map((match) => match.index + match[0].length);
    if (ends.length) return least + new CodePoints(window.slice(0, ends.at(first ? 0 : -1))).length;
  }
  return first ? least : most;
}

/** A part's answer by the offsets of the whole text, its statements numbered from `number` on. */
export function moved(document, part, number) {
  const kept = document.statements.filter((statement) => part.start + statement.start >= part.from);
  const place = new Map(kept.map((statement, index) => [statement.id, number + index]));
  return {
    statements: kept.map((statement) => ({ ...shifted(statement, part.start), id: place.get(statement.id) })),
    judgements: document.judgements
      .filter((judgement) => place.has(judgement.statement))
      .map((judgement) => ({ ...judgement, statement: place.get(judgement.statement) })),
  };
}

function shifted(value, by) {
  if (!by || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shifted(item, by));
  const offsets = new Set(["start", "end"]);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, offsets.has(key) ? item + by : shifted(item, by)]),
  );
}
