/** The second view: several dated texts on one claim, a row for each speaker, changes of stance marked. */

import { analyse, judge } from "./analysis.js";
import { announce, bdi, counted, el, sign, unseen } from "./dom.js";
import { csvOf, download, fileName, jsonOf, recordOf } from "./export.js";
import { isMarkup, readFile, takeFiles } from "./files.js";
import { recall } from "./labels.js";
import { contentOf } from "./matrix.js";
import { Panel, panelOf } from "./panel.js";
import { pageOf, statementsOf } from "./report.js";
import { Run, sendOnEnter } from "./run.js";
import { Problem } from "./server.js";
import { EXAMPLE, sourceOf, valuesOf } from "./sources.js";
import { cell, speakersOf } from "./speakers.js";
import { STANCES } from "./study.js";
import { acrossTable, walkable } from "./walk.js";

const find = (id) => document.getElementById(id);

/** A speaker's cells in the order of time, each with the stance before it where that was another. */
export function courseOf(row, studies) {
  let before = null;
  return studies.map((study) => {
    const found = cell(row.items.filter((item) => item.study === study && item.shown));
    const decided = STANCES.includes(found.stance);
    const changed = decided && before !== null && before.stance !== found.stance ? before : null;
    const here = { ...found, study, changed };
    if (decided) before = here;
    return here;
  });
}

/** The view; its panel takes the page's keys. */
export class Comparing {
  constructor() {
    this.run = new Run("compare");
    this.form = find("compare-ask");
    this.list = find("sources");
    this.studies = [];
    this.frame();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    sendOnEnter(this.form);
    this.list.append(sourceOf(), sourceOf());
    this.list.addEventListener("click", ({ target }) => target.dataset.remove !== undefined && this.remove(target.closest(".source")));
    find("add-source").addEventListener("click", () => this.add({}).querySelector("input").focus());
    find("compare-example").addEventListener("click", () => this.fill(EXAMPLE));
    takeFiles(this.form, find("files"), (files) => this.drop(files));
  }

  frame() {
    const take = (kind, label) => el("button", { type: "button", class: "quiet", click: () => this.take(kind) }, label);
    this.told = el("p", { class: "told" });
    this.table = el("div", { class: "scroll", id: "courses", role: "region", "aria-label": "Speakers in the order of time", tabindex: "0" });
    const panel = panelOf("quotes");
    const tools = el("div", { class: "tools" }, el("span", { class: "take", role: "group", "aria-label": "Take it along" }, take("json", "JSON"), take("csv", "CSV"), take("html", "Report")));
    find("compared").append(el("div", { class: "bar-top" }, this.told, tools), this.table, panel);
    this.panel = new Panel(panel, { changed: () => this.tabulate(), jump: null });
    this.cells = walkable(this.table, "button.cell", acrossTable);
  }

  fill({ claim, sources }) {
    find("claim").value = claim;
    this.list.replaceChildren(...sources.map(sourceOf));
  }

  add(values) {
    const empty = [...this.list.children].find((source) => !valuesOf(source).text);
    const source = sourceOf(values);
    if (empty && values.text) empty.replaceWith(source);
    else this.list.append(source);
    return source;
  }

  remove(source) {
    const next = source.nextElementSibling ?? source.previousElementSibling;
    source.remove();
    (next?.querySelector("input") ?? find("add-source")).focus();
  }

  async drop(files) {
    for (const file of files) {
      await readFile(file).then((values) => this.add(values), (error) => this.run.fail(error));
    }
    announce(`${counted(files.length, "file")} read.`);
  }

  async submit() {
    const claim = find("claim").value.trim();
    const sources = [...this.list.children].map(valuesOf).filter(({ text }) => text);
    const done = await this.run.do(async (signal) => {
      if (!claim) throw new Problem("There is no claim yet. Write one sentence that somebody could agree with or deny.");
      if (sources.length < 2) throw new Problem("To compare takes two texts or more. Paste them, or choose files.");
      this.panel.clear();
      const studies = [];
      for (const [index, source] of sources.entries()) {
        this.run.tell(`Text ${index + 1} of ${sources.length} …`, index, sources.length);
        studies.push(await this.study({ ...source, claim }, signal));
      }
      this.studies = studies.sort((a, b) => a.date.localeCompare(b.date));
      for (const study of studies) recall(study.items);
    });
    if (done) this.show();
  }

  study(source, signal) {
    if (source.speaker) return judge(source, { signal });
    const format = isMarkup(source.text) ? "html" : source.format;
    const wait = (seconds) => this.run.tell(`The server is busy; asking again in ${counted(seconds, "second")} …`);
    return analyse({ ...source, article: source.text, claims: [source.claim], format }, { signal, wait, grow: () => {} });
  }

  show() {
    find("compared").hidden = false;
    this.tabulate();
    announce(this.told.textContent);
    find("compared").scrollIntoView({ block: "start" });
    find("courses").focus({ preventScroll: true });
  }

  tabulate() {
    const focused = document.activeElement?.closest?.("#courses") && document.activeElement.id;
    this.courses = speakersOf(this.studies).map((row) => ({ row, course: courseOf(row, this.studies) }));
    const changes = this.courses.flatMap(({ course }) => course.filter(({ changed }) => changed)).length;
    this.told.textContent = `${counted(this.courses.length, "speaker")} in ${counted(this.studies.length, "text")}; ${counted(changes, "change")} of stance.`;
    this.table.replaceChildren(this.tableOf((...place) => this.buttonOf(...place)));
    this.cells.settle();
    if (focused) find(focused)?.focus();
  }

  tableOf(open) {
    const heads = this.studies.map((study, index) => el("th", { scope: "col" }, el("span", { class: "number" }, study.date || "no date"), el("span", { class: "claim", dir: "auto" }, study.title || `Text ${index + 1}`)));
    const rows = this.courses.map(({ row, course }, place) =>
      el("tr", {}, el("th", { scope: "row" }, bdi(row.name)), ...course.map((here, index) => cellOf(here, (content) => open(place, index, content)))),
    );
    return el("table", { class: "matrix courses" }, el("caption", { dir: "auto" }, this.studies[0].claims[0]), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Speaker"), ...heads)), el("tbody", {}, ...rows));
  }

  buttonOf(place, index, content) {
    const button = el("button", { type: "button", class: "cell", tabindex: "-1", id: `course-${place}-${index}` }, ...content);
    button.addEventListener("click", () => this.pick(place, index));
    return button;
  }

  /** A change shows the quotes before and after it side by side; else the cell's own. */
  pick(place, index) {
    const { row, course } = this.courses[place];
    const { changed, items } = course[index];
    const title = changed ? `${row.name}: ${changed.stance}, then ${course[index].stance}` : row.name;
    this.panel.pick({ title, items: [...(changed?.items ?? []), ...items], later: changed ? course[index].study : null, origin: { isConnected: true, focus: () => find(`course-${place}-${index}`)?.focus() } });
    this.panel.root.scrollIntoView({ block: "nearest" });
    this.panel.focus();
  }

  async take(kind) {
    const record = await recordOf(this.studies);
    const name = `${fileName(this.studies)}-compared`;
    if (kind === "json") download(`${name}.json`, "application/json", jsonOf(this.studies, record));
    else if (kind === "csv") download(`${name}.csv`, "text/csv", csvOf(this.studies, record));
    else download(`${name}.html`, "text/html", this.report(record));
  }

  report(record) {
    const table = this.tableOf((place, index, content) => el("div", { class: "cell" }, ...content));
    const items = this.courses.flatMap(({ course }) => course.flatMap((here) => here.items));
    return pageOf(record, [el("h2", {}, "In the order of time"), el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Speakers in the order of time" }, table), el("h2", {}, "Statements"), statementsOf(items)], this.studies);
  }
}

function cellOf(here, wrap) {
  if (!here.items.length) return el("td", { class: "empty" }, el("span", { "aria-hidden": "true" }, "·"), unseen("nothing"));
  const change = here.changed && el("span", { class: "change" }, sign("change"), `changed from ${here.changed.stance}`);
  return el("td", { "data-changed": Boolean(change) }, wrap([...contentOf(here), change].filter(Boolean)));
}
