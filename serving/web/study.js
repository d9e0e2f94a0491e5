/** One text held against claims: its statements, and an item for each statement and claim. */

import { CodePoints } from "./codepoints.js";
import { moved } from "./parts.js";

const GAP = " ... "; // between the fragments of a statement, as the model reads it

/** The stances in the order of every label column. */
export const STANCES = ["support", "denial", "hedge"];
export const LABELS = [...STANCES, "unrelated"];
export const WORD = { support: "Support", denial: "Denial", hedge: "Hedge", unrelated: "Says nothing on this" };

/** What the reader set for the whole page: below `least` certainty an item is open and counts for nothing. */
export const settings = { least: 0 };

/** What one statement says on one claim, by the model and, where somebody corrected it, by a human. */
export class Item {
  constructor(study, judgement) {
    this.study = study;
    this.judgement = judgement;
    this.statement = study.statements[judgement.statement];
    this.claim = judgement.claim;
    this.human = null;
    this.explanation = null;
  }

  get key() {
    return `${this.statement.id}-${this.claim}`;
  }

  /** The stance that counts: the human's, else the model's where the statement bears on the claim at all. */
  get stance() {
    return this.human?.stance ?? (this.judgement.relevant ? this.judgement.stance : "unrelated");
  }

  /** The model's probability of that stance; a human's label is certain. */
  get certainty() {
    return this.human ? 1 : this.judgement.probabilities[this.stance];
  }

  get open() {
    return this.certainty < settings.least;
  }

  /** Whether it stands in the matrix: also what a human took out of it, so that it can be put back. */
  get shown() {
    return this.judgement.relevant || this.human !== null;
  }

  /** Whether it counts toward a cell's stance and toward flags. */
  get counts() {
    return this.stance !== "unrelated" && !this.open;
  }

  /** The pair that the model judged, letter by letter. */
  get pair() {
    const { speaker, cue, context } = this.statement;
    return {
      claim: this.study.claims[this.claim],
      statement: this.study.words(this.statement),
      speaker: speaker?.text ?? "",
      cue: cue?.text ?? "",
      context: this.study.points.slice(context.start, context.end),
    };
  }
}

/** An article, or one dated statement, with what was found in it so far. */
export class Study {
  constructor({ article, claims, title = "", date = "" }) {
    Object.assign(this, { article, claims, title, date, model: null, statements: [], items: [], at: new Date() });
    this.points = new CodePoints(article);
    this.places = new Map();
  }

  /** Take a part's answer in. */
  add(document, part) {
    this.model = document.model;
    const { statements, judgements } = moved(document, part, this.statements.length);
    this.statements.push(...statements);
    const items = judgements.map((judgement) => new Item(this, judgement));
    this.items.push(...items);
    for (const item of items) this.places.set(item.key, item);
    return items;
  }

  /** A statement's items, one for each claim. */
  of(statement) {
    return this.claims.map((_, claim) => this.places.get(`${statement.id}-${claim}`)).filter(Boolean);
  }

  /** A statement's fragments, joined as the model reads them. */
  words(statement) {
    return statement.content.map(({ start, end }) => this.points.slice(start, end)).join(GAP);
  }
}

/** A statement that somebody typed in, as if it were an article that says nothing else. */
export function studyOfStatement({ text, speaker, claim, title, date }) {
  const study = new Study({ article: text, claims: [claim], title, date });
  const whole = { start: 0, end: study.points.length };
  const named = speaker && { text: speaker, name: speaker, start: 0, end: 0, type: "person", antecedent: null };
  const statement = { id: 0, kind: "direct", act: "statement", text, ...whole, content: [whole], verbatim: [whole] };
  study.typed = { ...statement, speaker: named || null, cue: null, context: { start: 0, end: 0 } };
  return study;
}
