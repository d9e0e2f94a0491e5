/** Corrections: kept in the server's store with who and when, taken back with one key, remembered in this tab. */

import { info } from "./analysis.js";
import { announce, counted } from "./dom.js";
import { ask } from "./server.js";
import { sha256Hex } from "./sha256.js";
import { WORD } from "./study.js";

const REMEMBERED = "stance-labels";
const NAME = "stance-name";

const remembered = new Map(JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "[]"));
const given = []; // items in the order of their correction, for undo

/** Whether this server keeps labels. */
let keeps = false;
export const kept = () => keeps;

/** Learn whether labels are kept and how many are new; wire the reader's name. */
export async function prepare() {
  const field = document.getElementById("name");
  field.value = localStorage.getItem(NAME) ?? "";
  field.addEventListener("input", () => localStorage.setItem(NAME, field.value.trim()));
  keeps = (await info()).keeps_labels === true;
  for (const element of document.querySelectorAll(".with-labels")) element.hidden = !keeps;
  if (keeps) count(await ask("GET", "v1/labels"));
}

const annotator = () => document.getElementById("name").value.trim();

function count({ total, new: fresh }) {
  const text = `${counted(fresh, "new label")} since the model was trained`;
  const counter = document.getElementById("counter");
  counter.textContent = text;
  counter.title = `${counted(total, "label")} in the store; “stance retrain” learns from them`;
}

/** Show again what this tab's reader said about the same pairs before. */
export function recall(items) {
  if (!remembered.size) return;
  for (const item of items) item.human = remembered.get(keyOf(item)) ?? null;
}

const keyOf = (item) => sha256Hex(JSON.stringify(item.pair));

/** Keep another stance for an item; the one before it, by the same reader, is taken back first. */
export async function correct(item, stance) {
  const before = item.human;
  const { study, statement, judgement } = item;
  const body = {
    pair: filled(item.pair),
    stance,
    article: sha256Hex(study.article),
    spans: statement.content.map(({ start, end }) => [start, end]),
    suggestion: judgement.relevant ? judgement.stance : "unrelated",
    ...(annotator() ? { annotator: annotator() } : {}),
  };
  const answer = await ask("POST", "v1/labels", body);
  item.human = { stance, id: answer.id, annotator: annotator(), at: new Date().toISOString(), before };
  given.push(item);
  remember(item);
  count(answer);
  announce(`Saved: ${WORD[stance]}. ${counted(answer.new, "new label")}.`);
}

const filled = (pair) => Object.fromEntries(Object.entries(pair).filter(([, text]) => text));

/** Take back an item's label, or the last one that was given; the item, or null where there is none. */
export async function undo(item) {
  const undone = item?.human ? item : given.findLast((one) => one.human);
  if (!undone) {
    announce("Nothing to undo.");
    return null;
  }
  const answer = await ask("DELETE", `v1/labels/${undone.human.id}`);
  undone.human = undone.human.before ?? null;
  remember(undone);
  count(answer);
  announce(`Undone. ${undone.human ? `Again: ${WORD[undone.human.stance]}` : "The model's stance stands again"}.`);
  return undone;
}

function remember(item) {
  if (item.human) remembered.set(keyOf(item), item.human);
  else remembered.delete(keyOf(item));
  sessionStorage.setItem(REMEMBERED, JSON.stringify([...remembered]));
}
