/** A form's way to its result: one run at a time, progress that can be stopped, failures as sentences. */

import { announce } from "./dom.js";
import { Problem } from "./server.js";

/** Runs of the view `name`, whose elements are named after it. */
export class Run {
  constructor(name) {
    const find = (part) => document.getElementById(`${name}-${part}`);
    Object.assign(this, { problem: find("problem"), box: find("progress"), bar: find("bar"), told: find("told") });
    find("stop").addEventListener("click", () => this.stop?.abort());
  }

  /** Do `work(signal)`; what is still under way from before is given up. True where it came to its end. */
  async do(work) {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    this.problem.textContent = "";
    this.tell("Asking the server …");
    try {
      await work(stop.signal);
      return true;
    } catch (error) {
      if (this.stop === stop) this.fail(error);
      return false;
    } finally {
      if (this.stop === stop) this.box.hidden = true;
    }
  }

  fail(error) {
    if (error.name === "AbortError") announce("Stopped.");
    else if (error instanceof Problem) this.problem.textContent = error.message;
    else {
      this.problem.textContent = "Something went wrong in the page itself. Load it again; your browser’s console says more.";
      throw error;
    }
  }

  /** Say how far it is; without numbers that it is under way. */
  tell(text, done, of) {
    this.box.hidden = false;
    this.told.textContent = text;
    if (done === undefined) this.bar.removeAttribute("value");
    else Object.assign(this.bar, { max: of, value: done });
  }
}

/** Send a form with Ctrl or Command and Enter from any of its fields. */
export function sendOnEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
}
