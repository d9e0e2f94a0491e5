/** The self-contained HTML report: no script, nothing from outside, its own style held by hash. */

import { articleOf, dress, faceOf, speech } from "./article.js";
import { bdi, counted, el, percent, sign } from "./dom.js";
import { STANCE_IS_NOT_TRUTH } from "./export.js";
import { flagText, legendOf, rulesOf } from "./legend.js";
import { matrixOf } from "./matrix.js";
import { sha256Base64, sha256Hex } from "./sha256.js";
import { flagsOf, speakersOf } from "./speakers.js";
import { LABELS, WORD } from "./study.js";

/** The report of one study. */
export function reportOf(study, record) {
  const rows = speakersOf([study]);
  const flags = flagsOf(rows, study.claims);
  const table = matrixOf(rows, study.claims, flags, (row, claim, cell, content) =>
    el("div", { class: "cell" }, el("a", { href: `#statement-${cell.items[0].key}` }, ...content)),
  );
  const pin = (text, statement) => pinLink(text, statement);
  return pageOf(
    record,
    [
      el("ol", { class: "targets" }, ...study.claims.map((claim) => el("li", { dir: "auto" }, claim))),
      el("h2", {}, "Speakers and claims"),
      el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Table of speakers and claims" }, table),
      flagsIn(flags),
      rulesOf(),
      el("h2", {}, "Article"),
      legendOf(),
      el("div", { class: "article" }, articleOf(study, null, pin)),
      el("h2", {}, "Statements"),
      statementsOf(rows.flatMap((row) => row.items.filter((item) => item.shown))),
    ],
    [study],
  );
}

/** A report around any content: `parts` are its elements. */
export function pageOf(record, parts, studies) {
  const style = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.cssText).join("\n");
  const policy = `default-src 'none'; style-src 'sha256-${sha256Base64(style)}'; base-uri 'none'; form-action 'none'`;
  const head = el(
    "head",
    {},
    el("meta", { charset: "utf-8" }),
    el("meta", { "http-equiv": "Content-Security-Policy", content: policy }),
    el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    el("meta", { name: "referrer", content: "no-referrer" }),
    el("title", {}, "Stance report"),
    el("style", {}, style),
  );
  const main = el("main", {}, el("h1", {}, "Who stands where"), el("p", { class: "permanent" }, STANCE_IS_NOT_TRUTH), ...parts, recordIn(record, studies));
  const body = el("body", { class: "report" }, document.getElementById("signs").cloneNode(true), main);
  return `<!doctype html>\n${el("html", { lang: "en" }, head, body).outerHTML}\n`;
}

function pinLink(study, statement) {
  const first = study.of(statement).find((item) => item.shown);
  const face = faceOf(study, statement, null);
  const name = statement.speaker?.name ?? statement.speaker?.text ?? "no speaker named";
  const target = first && { href: `#statement-${first.key}`, "aria-label": `Statement by ${name}` };
  const pin = el(first ? "a" : "span", { class: "pin", ...target }, sign(face.stance));
  pin.id = `place-${statement.id}`;
  dress(pin, face);
  return pin;
}

/** Every statement that bears on a claim, with all that the model gave. */
export function statementsOf(items) {
  const heads = ["Speaker", "Statement", "Claim", "Stance", ...LABELS.map((label) => (label === "unrelated" ? "not on this" : label))];
  const rows = items.map((item) =>
    el(
      "tr",
      { id: `statement-${item.key}` },
      el("th", { scope: "row" }, bdi(item.statement.speaker?.name ?? item.statement.speaker?.text ?? "No speaker named"), el("span", { class: "described" }, speech(item.statement))),
      el("td", { dir: "auto" }, item.study.words(item.statement)),
      el("td", {}, String(item.claim + 1)),
      el("td", {}, el("span", { class: "chip", "data-stance": item.stance }, sign(item.stance), WORD[item.stance]), item.human && " (human label)"),
      ...LABELS.map((label) => el("td", {}, percent(item.judgement.probabilities[label]))),
    ),
  );
  const table = el("table", { class: "statements" }, el("caption", {}, counted(items.length, "judgement")), el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows));
  return el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Table of statements" }, table);
}

function flagsIn(flags) {
  if (!flags.length) return el("p", {}, "No speaker contradicts another whom he or she speaks for, nor himself or herself.");
  return el("ul", { class: "flags" }, ...flags.map((flag) => el("li", {}, ...flagText(flag))));
}

function recordIn(record, studies) {
  const data = Object.entries(record.data ?? {}).map(([name, hash]) => el("li", {}, `${name} `, el("code", {}, String(hash))));
  const entries = [
    ["Model", `${record.model}, version ${record.version}${record.created ? `, made ${record.created}` : ""}`],
    ["Training data, fingerprint", record.data_fingerprint ?? "not told by the server"],
    ["Training data, files", el("details", {}, el("summary", {}, counted(data.length, "file")), el("ul", {}, ...data))],
    ...studies.map((study) => ["Article, sha256", el("code", {}, sha256Hex(study.article))]),
    ["Analysed", record.analysed_at],
  ];
  const rows = entries.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el("section", { class: "record" }, el("h2", {}, "Record"), el("dl", {}, ...rows));
}
