/** What a reader takes along: JSON and CSV, each with model, date and data fingerprint so that it can be cited. */

import { info } from "./analysis.js";
import { sha256Hex } from "./sha256.js";
import { LABELS } from "./study.js";

export const STANCE_IS_NOT_TRUTH = "A stance is what the speaker says about the claim, not what is true.";

/** What to cite: the model, the data that it was trained on, and when it was asked. */
export async function recordOf(studies) {
  const { model, data, thresholds } = await info();
  const used = { ...model, ...studies.map((study) => study.model).find(Boolean) };
  return {
    model: used.name,
    version: used.version,
    created: used.created ?? null,
    data_fingerprint: used.data ?? null,
    data,
    thresholds,
    analysed_at: studies.map((study) => study.at.toISOString()).sort().at(-1),
    note: STANCE_IS_NOT_TRUTH,
  };
}

/** One study as the document of the contract with `record`, `article` and the human labels; several under `sources`. */
export function jsonOf(studies, record) {
  const documents = studies.map((study) => ({
    ...(study.title || study.date ? { title: study.title, date: study.date } : {}),
    model: study.model,
    article: study.article,
    article_sha256: sha256Hex(study.article),
    claims: study.claims,
    statements: study.statements,
    judgements: study.items.map((item) => ({ ...item.judgement, ...(item.human ? { human: labelOf(item.human) } : {}) })),
  }));
  const whole = documents.length === 1 ? { record, ...documents[0] } : { record, sources: documents };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

const labelOf = ({ id, stance, annotator, at }) => ({ id, stance, annotator, labelled_at: at });

/** The columns of `stance analyze --format csv` (model/sheet.py), in their order, and then what only a page knows. */
const COLUMNS = {
  speaker: ({ statement }) => statement.speaker?.text ?? "",
  name: ({ statement }) => statement.speaker?.name ?? "",
  type: ({ statement }) => statement.speaker?.type ?? "",
  cue: ({ statement }) => statement.cue?.text ?? "",
  statement: ({ study, statement }) => study.words(statement),
  start: ({ statement }) => statement.start,
  end: ({ statement }) => statement.end,
  claim: ({ study, claim }) => study.claims[claim],
  stance: ({ judgement }) => (judgement.relevant ? judgement.stance : "unrelated"),
  relevance: ({ judgement }) => judgement.relevance,
  ...Object.fromEntries(LABELS.map((label) => [label, ({ judgement }) => judgement.probabilities[label]])),
  model_version: (_, record) => record.version,
  date: (_, record) => record.analysed_at,
  data_sha256: (_, record) => record.data_fingerprint ?? "",
  human_stance: ({ human }) => human?.stance ?? "",
  annotator: ({ human }) => human?.annotator ?? "",
  source: ({ study }) => study.title,
  source_date: ({ study }) => study.date,
  kind: ({ statement }) => statement.kind,
  act: ({ statement }) => statement.act,
  truncated: ({ judgement }) => judgement.truncated,
};

/** A row for each statement that bears on a claim, or that somebody labelled. A mark at the start tells Excel UTF-8. */
export function csvOf(studies, record) {
  const items = studies.flatMap((study) => study.items.filter((item) => item.shown));
  const rows = items.map((item) => Object.values(COLUMNS).map((column) => column(item, record)));
  return `\ufeff${[Object.keys(COLUMNS), ...rows].map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

/** A spreadsheet would run a text that begins with = + - or @: an apostrophe before it keeps it text. */
function field(value) {
  const text = typeof value === "string" ? value.replace(/^(?=\s*[=+\-@＝＋－＠]|[\t\r\n])/, "'") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hand a file to the reader. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** "stance-2026-11-22". */
export const fileName = (studies) => `stance-${studies[0].at.toISOString().slice(0, 10)}`;
