/** The page: two views, one set of keys, and what stands around them. */

import { info } from "./analysis.js";
import { Comparing } from "./compare.js";
import { prepare } from "./labels.js";
import { Reading } from "./read.js";

const views = { read: new Reading(), compare: new Comparing() };
let shown = "read";

function show() {
  shown = location.hash === "#compare" ? "compare" : "read";
  for (const name of Object.keys(views)) document.getElementById(name).hidden = name !== shown;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${shown}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function introduce() {
  try {
    const { model } = await info();
    const data = model.data ? ` · data ${model.data.slice(0, 12)}` : "";
    document.getElementById("model").textContent = `Model ${model.name} ${model.version}${data}`;
    await prepare();
  } catch (error) {
    views[shown].run.fail(error);
  }
}

addEventListener("hashchange", show);
document.addEventListener("keydown", (event) => event.defaultPrevented || views[shown].panel?.key(event));
show();
introduce();
