/** The first view: an article, who stands where in it, and the cards of whatever is picked. */

import { analyse } from "./analysis.js";
import { articleOf, dress, faceOf, fillPin } from "./article.js";
import { announce, counted, el } from "./dom.js";
import { ARTICLE, CLAIMS } from "./example.js";
import { csvOf, download, fileName, jsonOf, recordOf } from "./export.js";
import { isMarkup, readFile, takeFiles } from "./files.js";
import { recall } from "./labels.js";
import { flagText, legendOf, rulesOf } from "./legend.js";
import { matrixOf, rowOf } from "./matrix.js";
import { Panel, panelOf } from "./panel.js";
import { reportOf } from "./report.js";
import { Run, sendOnEnter } from "./run.js";
import { Problem } from "./server.js";
import { flagsOf, speakersOf } from "./speakers.js";
import { settings } from "./study.js";
import { acrossTable, walkable } from "./walk.js";

const find = (id) => document.getElementById(id);

/** The view; `key(event)` takes what the page's keys are. */
export class Reading {
  constructor() {
    this.run = new Run("read");
    this.form = find("ask");
    this.study = null;
    this.claim = null; // marks show this claim; null for all
    this.frame();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    sendOnEnter(this.form);
    find("article").addEventListener("input", () => this.measure());
    find("example").addEventListener("click", () => this.fill(ARTICLE, CLAIMS.join("\n")));
    takeFiles(find("drop"), find("file"), (files) => this.drop(files));
  }

  frame() {
    this.parts = {
      told: el("p", { class: "told" }),
      tools: toolsOf(this),
      matrix: el("div", { class: "scroll", id: "matrix", role: "region", "aria-label": "Table of speakers and claims", tabindex: "0" }),
      flags: el("ul", { class: "flags", "aria-label": "Flags" }),
      article: el("div", { class: "article", id: "text", role: "group", "aria-label": "The article; arrows walk from statement to statement" }),
    };
    const panel = panelOf("picked");
    const { told, tools, matrix, flags, article } = this.parts;
    const whole = el("section", { class: "whole", "aria-labelledby": "matrix-title" }, el("h2", { id: "matrix-title" }, "Speakers and claims"), flags, matrix, rulesOf());
    const text = el("section", { class: "text", "aria-labelledby": "text-title" }, el("h2", { id: "text-title" }, "Article"), legendOf(), this.chooserOf(), article);
    find("results").append(el("div", { class: "bar-top" }, told, tools), el("div", { class: "columns" }, text, el("div", { class: "side" }, whole, panel)));
    this.panel = new Panel(panel, { changed: (item) => this.refresh(item), jump: (statement) => this.jump(statement) });
    this.cells = walkable(matrix, "button.cell", acrossTable);
    this.pins = walkable(article, "button.pin");
    article.addEventListener("click", (event) => this.pickStatement(event));
  }

  chooserOf() {
    this.chooser = el("select", { id: "shown-claim" });
    this.chooser.addEventListener("change", () => this.markFor(this.chooser.value === "" ? null : Number(this.chooser.value)));
    return el("p", { class: "chooser" }, el("label", { for: "shown-claim" }, "Marks show"), " ", this.chooser);
  }

  fill(article, claims) {
    find("article").value = article;
    if (claims) find("claims").value = claims;
    this.measure();
  }

  measure() {
    const text = find("article").value;
    const words = text.match(/\S+/gu)?.length ?? 0;
    const kind = isMarkup(text) ? "Source of a page: its article will be found." : `${counted(words, "word")}.`;
    find("article-size").textContent = words ? kind : "Text, or the source of a page.";
  }

  async drop([file]) {
    try {
      const { text, title } = await readFile(file);
      this.fill(text);
      announce(`${title} is in the article field.`);
    } catch (error) {
      this.run.fail(error);
    }
  }

  async submit() {
    const article = find("article").value;
    const claims = find("claims").value.split("\n").map((line) => line.trim()).filter(Boolean);
    const done = await this.run.do(async (signal) => {
      if (!article.trim()) throw new Problem("There is no article yet. Paste one, or drop a file.");
      if (!claims.length) throw new Problem("There is no claim yet. Write one sentence that somebody could agree with or deny.");
      this.panel.clear();
      const asked = { article, claims, format: isMarkup(article) ? "html" : "text" };
      await analyse(asked, { signal, grow: (...grown) => this.grow(...grown), wait: (seconds) => this.run.tell(`The server is busy; asking again in ${counted(seconds, "second")} …`) });
    });
    if (done) this.arrive();
  }

  grow(study, done, of) {
    if (study !== this.study) Object.assign(this, { study, claim: study.claims.length > 1 ? null : 0 });
    recall(study.items);
    this.rows = null;
    this.show();
    if (of > 1) this.run.tell(`Part ${Math.min(done + 1, of)} of ${of}; ${counted(study.statements.length, "statement")} so far.`, done, of);
  }

  arrive() {
    announce(this.parts.told.textContent);
    find("results").scrollIntoView({ block: "start" });
    find("matrix").focus({ preventScroll: true });
  }

  /** Everything anew. */
  show() {
    const { study } = this;
    find("results").hidden = false;
    this.chooser.replaceChildren(el("option", { value: "" }, "all claims"), ...study.claims.map((claim, index) => el("option", { value: index }, `${index + 1}: ${claim}`)));
    this.chooser.value = this.claim ?? "";
    this.chooser.parentElement.hidden = study.claims.length < 2;
    this.parts.article.replaceChildren(articleOf(study, this.claim));
    this.pins.settle();
    this.tabulate();
  }

  /** The matrix, the flags and the sentence above; the focus stays in its cell. With `item` only what it touches. */
  tabulate(item = null) {
    const { study, parts } = this;
    const before = this.flags ?? [];
    const count = this.rows?.length;
    this.rows = speakersOf([study]);
    const flags = (this.flags = flagsOf(this.rows, study.claims));
    const focused = document.activeElement?.closest?.("#matrix, .flags") && document.activeElement.id;
    const open = (...cell) => this.cellButton(...cell);
    if (item && this.rows.length === count) this.replaceRows(item, [...before, ...flags], open);
    else parts.matrix.replaceChildren(matrixOf(this.rows, study.claims, flags, open));
    parts.flags.replaceChildren(...flags.map((flag, index) => this.flagOf(flag, index)));
    this.cells.settle();
    if (focused) find(focused)?.focus();
    const silent = study.statements.filter((statement) => !study.of(statement).some((item) => item.shown)).length;
    const rest = silent ? `; ${counted(silent, "says", "say")} nothing on ${study.claims.length > 1 ? "the claims" : "the claim"}` : "";
    parts.told.textContent = `${counted(study.statements.length, "statement")} by ${counted(this.rows.length, "speaker")}${rest}.`;
  }

  /** The row of an item and those that flags tie to it, anew: a whole table of 300 rows takes half a second. */
  replaceRows(item, flags, open) {
    const { key } = this.rows.find((row) => row.items.includes(item));
    const tied = flags.map((flag) => flag.rows.map((row) => row.key)).filter((keys) => keys.includes(key));
    const touched = new Set([key, ...tied.flat()]);
    const body = this.parts.matrix.querySelector("tbody");
    this.rows.forEach((row, place) => {
      if (touched.has(row.key)) body.rows[place].replaceWith(rowOf(row, this.study.claims, this.flags, open));
    });
  }

  cellButton(row, claim, cell, content) {
    const button = el("button", { type: "button", class: "cell", tabindex: "-1", id: `cell-${this.rows.indexOf(row)}-${claim}` }, ...content);
    button.addEventListener("click", () => this.pickCells([row], claim, button));
    return button;
  }

  flagOf(flag, index) {
    const button = el("button", { type: "button", class: "quiet", id: `flag-${index}` }, ...flagText(flag));
    button.addEventListener("click", () => this.pickCells(flag.rows, flag.claim, button));
    return el("li", {}, button);
  }

  pickCells(rows, claim, origin) {
    const items = rows.flatMap((row) => row.items.filter((item) => item.claim === claim && item.shown));
    const names = rows.map((row) => row.name).join(" and ");
    this.select(origin);
    this.panel.pick({ title: `${names} on claim ${claim + 1}`, items, origin: origin.id ? stable(origin.id) : origin });
    if (this.study.claims.length > 1) this.markFor(claim);
    this.reveal();
  }

  pickStatement({ target }) {
    const part = target.closest("[data-statement]");
    if (!part || String(document.getSelection())) return;
    const statement = this.study.statements[part.dataset.statement];
    this.select(null);
    this.panel.pick({ title: `Statement ${statement.id + 1}`, items: this.study.of(statement), origin: find(`pin-${statement.id}`), claimed: true });
    this.reveal();
  }

  select(origin) {
    for (const one of find("results").querySelectorAll("[aria-current=true]")) one.removeAttribute("aria-current");
    origin?.setAttribute("aria-current", "true");
  }

  reveal() {
    this.panel.root.scrollIntoView({ block: "nearest" });
    this.panel.focus();
  }

  jump(statement) {
    const pin = find(`pin-${statement.id}`);
    pin.scrollIntoView({ block: "center" });
    pin.focus({ preventScroll: true });
    for (const mark of this.parts.article.querySelectorAll(".here")) mark.classList.remove("here");
    for (const mark of this.marksOf(statement)) mark.classList.add("here");
  }

  marksOf(statement) {
    return this.parts.article.querySelectorAll(`mark[data-statement="${statement.id}"]`);
  }

  markFor(claim) {
    this.claim = claim;
    this.chooser.value = claim ?? "";
    for (const statement of this.study.statements) this.dress(statement);
  }

  dress(statement) {
    const face = faceOf(this.study, statement, this.claim);
    for (const mark of this.marksOf(statement)) dress(mark, face);
    fillPin(find(`pin-${statement.id}`), this.study, statement, this.claim);
  }

  refresh(item) {
    if (item.study !== this.study) return;
    this.dress(item.statement);
    this.tabulate(item);
  }

  /** What the reader asked to be left open changed. */
  reopen() {
    if (!this.study) return;
    this.markFor(this.claim);
    this.tabulate();
    for (const item of this.panel.items ?? []) this.panel.refresh(item);
  }

  async take(kind) {
    const record = await recordOf([this.study]);
    const name = fileName([this.study]);
    if (kind === "json") download(`${name}.json`, "application/json", jsonOf([this.study], record));
    else if (kind === "csv") download(`${name}.csv`, "text/csv", csvOf([this.study], record));
    else download(`${name}.html`, "text/html", reportOf(this.study, record));
  }
}

/** An element by its id even where it has been made anew meanwhile. */
const stable = (id) => ({ focus: () => find(id)?.focus(), get isConnected() { return Boolean(find(id)); } });

function toolsOf(view) {
  const least = el("select", { id: "least" }, ...[0, 0.5, 0.7, 0.9].map((share) => el("option", { value: share }, share ? `${100 * share} %` : "nothing")));
  least.addEventListener("change", () => {
    settings.least = Number(least.value);
    view.reopen();
  });
  const button = (kind, label) => el("button", { type: "button", class: "quiet", click: () => view.take(kind) }, label);
  return el("div", { class: "tools" }, el("label", { for: "least" }, "Leave open below"), least, el("span", { class: "take", role: "group", "aria-label": "Take it along" }, button("json", "JSON"), button("csv", "CSV"), button("html", "Report")));
}
