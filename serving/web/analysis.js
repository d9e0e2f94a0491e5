/** A text's way through the server, part by part, and the words behind a stance when somebody asks for them. */

import { partsOf, PART } from "./parts.js";
import { ask, Problem } from "./server.js";
import { Study, studyOfStatement } from "./study.js";

const PAIRS_EXPLAINED = 4; // explaining a pair costs some thirty judgements: the first words should be there soon

/** What /v1/info says, asked once. */
let known = null;
export const info = () => (known ??= ask("GET", "v1/info").catch((error) => ((known = null), Promise.reject(error))));

/** Analyse a text or the source of a page; `grow(study, done, of)` is called after each part. */
export async function analyse({ article, format, claims, title, date }, { signal, grow, wait }) {
  const { limits } = await info();
  const most = Math.min(PART, limits.article_characters);
  const parts = format === "html" ? [{ text: article, start: 0, from: 0 }] : partsOf(article, most);
  if (!parts.length) throw new Problem("There is no text to analyse yet. Paste an article or drop a file.");
  let study = format === "html" ? null : new Study({ article, claims, title, date });
  if (study && parts.length > 1) grow(study, 0, parts.length);
  for (const [index, part] of parts.entries()) {
    const body = { article: part.text, claims, all: true, ...(format === "html" ? { format } : {}) };
    const document = await ask("POST", "v1/analyze", body, { signal, wait });
    study ??= new Study({ article: document.article, claims, title, date });
    study.add(document, part);
    grow(study, index + 1, parts.length);
  }
  return study;
}

/** Judge one statement that was typed in. */
export async function judge(typed, { signal }) {
  const study = studyOfStatement(typed);
  const { thresholds } = await info();
  const statement = study.typed;
  const pair = { claim: typed.claim, statement: typed.text, speaker: typed.speaker };
  const { model, judgements } = await ask("POST", "v1/stance", { pairs: [pair] }, { signal });
  const [judgement] = judgements;
  if (judgement.error) throw new Problem(judgement.error.message);
  const relevant = judgement.relevance >= thresholds.relevance;
  const document = { model, statements: [statement], judgements: [{ ...judgement, statement: 0, claim: 0, relevant }] };
  study.add(document, { start: 0, from: 0 });
  return study;
}

/** Ask for the words that carried each item's stance, a few at a time; `tell(item)` as they come. */
export async function explain(items, { signal, tell }) {
  const asked = items.filter((item) => !item.explanation && item.judgement.relevant);
  for (let start = 0; start < asked.length; start += PAIRS_EXPLAINED) {
    const some = asked.slice(start, start + PAIRS_EXPLAINED);
    const body = { pairs: some.map((item) => item.pair), explain: true };
    const { judgements } = await ask("POST", "v1/stance", body, { signal });
    judgements.forEach((judgement, index) => {
      some[index].explanation = judgement.explanation ?? { evidence: [], without: 0 };
      tell(some[index]);
    });
  }
}
