/** Who is who among the speakers, and which of them contradict each other or themselves. */

import { STANCES } from "./study.js";

const PRONOUN = /^(?:he|she|they|it|we|i|you|who|which|that|one|some|others|both|him|her|them|his|their)$/iu;
const TITLE = /^(?:the|a|an|mr|mrs|ms|miss|dr|prof|professor|sir|dame|lord|lady|president|minister|senator|mayor|judge)\.?\s+/iu;
const FULL_NAME = /^\p{Lu}\S*(?:\s+(?!(?:for|of|the)\s)\S+){0,3}\s+\p{Lu}[^\s,]*$/u;
const SURNAME = /(?:^|\s)\p{Lu}[^\s,]*$/u;
const SPOKES = /\b(?:spokes(?:man|woman|person|people)|press (?:secretary|officer)|(?:lawyer|attorney)s?)\b/iu;
const AFTER = /^\s*(?:for|of|to)\s+([^,.;:()“”"]+)/u;
const BREAK = /\s(?:said|says|told|who|which|that|and|has|had|was|is|in|on|at|added|declined)\s.*$/iu;
const SMALL = new Set("the and for with who that from has was its his her their our this said mrs".split(" "));
/** Words that many bodies share; they name one only as "the ministry". */
const GENERIC = new Set(
  "authority ministry minister department office government company party police agency council committee commission board bank court union group firm president mayor campaign team".split(" "),
);

/** The speakers of some studies, in the order in which they first speak: `{key, name, as, sure, items, cells}`. */
export function speakersOf(studies) {
  const rows = new Map();
  for (const study of studies) {
    for (const statement of study.statements) {
      const { key, name, sure } = identify(statement, study, rows);
      if (!rows.has(key)) rows.set(key, { key, name, sure, as: new Set(), items: [] });
      const row = rows.get(key);
      if (statement.speaker) row.as.add(statement.speaker.text);
      row.items.push(...study.of(statement));
    }
  }
  return [...rows.values()].filter((row) => row.items.some((item) => item.shown));
}

/** The fullest name known; "Ms Quill" joins the one full name before it that ends so; two of "he" may be two men. */
function identify(statement, study, rows) {
  const { speaker } = statement;
  const own = `${study.date}${study.title}#${statement.id}`;
  if (!speaker) return { key: own, name: "No speaker named", sure: false };
  const name = speaker.name ?? speaker.text;
  if (!speaker.name && PRONOUN.test(name.trim())) return { key: own, name: `“${name}”`, sure: false };
  const plain = bare(name);
  if (rows.has(plain) || /\s/u.test(plain)) return { key: plain, name, sure: true };
  const fuller = [...rows.values()].filter((row) => FULL_NAME.test(row.name) && row.key.endsWith(` ${plain}`));
  if (fuller.length === 1 && SURNAME.test(name)) return { key: fuller[0].key, name: fuller[0].name, sure: true };
  return { key: plain, name, sure: true };
}

function bare(name) {
  let plain = name.trim().toLowerCase();
  while (TITLE.test(plain)) plain = plain.replace(TITLE, "");
  return plain || name;
}

/** The items of a row on a claim, and what they come to. */
export function cellOf(row, claim) {
  return cell(row.items.filter((item) => item.claim === claim && item.shown));
}

/** The stance that most statements have (of two the more certain), how certain they are on average, how many. */
export function cell(items) {
  const counts = Object.fromEntries(STANCES.map((stance) => [stance, 0]));
  const sums = { ...counts };
  for (const item of items.filter((one) => one.counts)) {
    counts[item.stance] += 1;
    sums[item.stance] += item.certainty;
  }
  const [stance] = [...STANCES].sort((a, b) => counts[b] - counts[a] || sums[b] - sums[a]);
  const decided = counts[stance] > 0;
  return {
    items,
    counts,
    stance: decided ? stance : items.some((item) => item.open && item.stance !== "unrelated") ? "open" : "unrelated",
    certainty: decided ? sums[stance] / counts[stance] : 0,
    human: items.some((item) => item.human),
    conflict: counts.support > 0 && counts.denial > 0,
  };
}

/** The flags: `{kind, claim, rows, stances}`; the page shows the rule beside them. */
export function flagsOf(rows, claims) {
  const flags = [];
  claims.forEach((_, claim) => {
    for (const row of rows) {
      if (row.sure && cellOf(row, claim).conflict) {
        flags.push({ kind: "self", claim, rows: [row], stances: ["support", "denial"] });
      }
    }
    for (const { spokesman, principal } of spokesmen(rows)) {
      const [theirs, own] = [cellOf(spokesman, claim).stance, cellOf(principal, claim).stance];
      if (theirs !== own && STANCES.includes(theirs) && STANCES.includes(own)) {
        flags.push({ kind: "principal", claim, rows: [spokesman, principal], stances: [theirs, own] });
      }
    }
  });
  return flags;
}

/** Who speaks for whom, as the article's own words have it. */
export function spokesmen(rows) {
  const found = [];
  for (const spokesman of rows) {
    const phrase = [...spokesman.as].map(spokenFor).find(Boolean);
    if (!phrase) continue;
    for (const principal of rows) {
      if (principal !== spokesman && principal.sure && ![...principal.as].some((text) => SPOKES.test(text))) {
        if (answersTo(principal, phrase)) found.push({ spokesman, principal });
      }
    }
  }
  return found;
}

/** Of "Lena Osei, a spokeswoman for the harbour authority" the words after "for"; of "the mayor's spokesman" those before. */
function spokenFor(text) {
  const match = SPOKES.exec(text);
  if (!match) return null;
  const after = AFTER.exec(text.slice(match.index + match[0].length));
  const before = text.slice(0, match.index).split(/[,;]/u).at(-1).replace(/['’]s?\s*$/u, "");
  return (after ? after[1].replace(BREAK, "") : before).trim() || null;
}

function answersTo(principal, phrase) {
  const wanted = wordsOf(phrase);
  const named = [principal.name, ...principal.as].join(" , ").toLowerCase();
  const words = new Set(wordsOf(named));
  return wanted.some(
    (word) => words.has(word) && (!GENERIC.has(word) || (word === wanted.at(-1) && named.includes(`the ${word}`))),
  );
}

const wordsOf = (text) =>
  (text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []).filter((word) => !SMALL.has(word));
