/** The panel of picked items: their cards, the words behind them, and the keys that walk and correct them. */

import { explain } from "./analysis.js";
import { cardOf, fillCard, KEYS } from "./cards.js";
import { announce, counted, el } from "./dom.js";
import { correct, kept, undo } from "./labels.js";
import { Problem } from "./server.js";

const CARDS = 60; // shown at once; more come with a button

/** A panel in `root`; `changed(item)` is called after a correction, `jump(statement)` shows a place, where there is one. */
export class Panel {
  constructor(root, { changed, jump }) {
    Object.assign(this, { root, changed, jump, origin: null });
    this.heading = root.querySelector("h3");
    this.list = root.querySelector("ol");
    this.more = root.querySelector(".more");
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("focusin", (event) => this.mark(event.target.closest(".card")));
    this.more.addEventListener("click", () => this.show(this.items, this.shownCount + CARDS));
  }

  /** Show items under a title, those of the study `later` beside the others; Escape then leads back to `origin`. */
  pick({ title, items, origin, claimed = false, later = null }) {
    this.stop?.abort();
    Object.assign(this, { items, origin, claimed, later });
    this.list.toggleAttribute("data-beside", later !== null);
    this.root.hidden = false;
    this.heading.textContent = title;
    this.list.replaceChildren();
    this.show(items, CARDS);
    announce(`${title}: ${counted(items.length, "card")}.`);
  }

  /** Show nothing. */
  clear() {
    this.stop?.abort();
    this.root.hidden = true;
    this.items = [];
    this.list.replaceChildren();
  }

  show(items, most) {
    const cards = [...this.list.children];
    const some = items.slice(cards.length, most);
    this.list.append(...some.map((item) => cardOf(item, { jump: this.jump, claimed: this.claimed, later: item.study === this.later })));
    this.shownCount = most;
    this.more.hidden = items.length <= most;
    if (!cards.length) this.mark(this.list.firstElementChild);
    this.explain(some);
  }

  async explain(items) {
    this.stop = new AbortController();
    const tell = (item) => this.refresh(item);
    await explain(items, { signal: this.stop.signal, tell }).catch((error) => {
      if (error instanceof Problem) this.complain(this.cardOf(items[0]), `The words behind it are not to be had: ${error.message}`);
    });
  }

  cardOf(item) {
    return [...this.list.children].find((card) => card.item === item);
  }

  /** Show an item anew, without losing the focus. */
  refresh(item) {
    const card = this.cardOf(item);
    if (!card) return;
    const pressed = card.contains(document.activeElement) && document.activeElement;
    const again = pressed && Object.entries(pressed.dataset).map(([name, value]) => `[data-${name}="${value}"]`).join("");
    fillCard(card);
    if (pressed) (again && card.querySelector(again) ? card.querySelector(again) : card).focus();
  }

  mark(card) {
    for (const one of this.list.children) one.toggleAttribute("data-current", one === card);
  }

  get current() {
    return this.list.querySelector("[data-current]");
  }

  /** Put the focus on the current card. */
  focus() {
    this.current?.focus();
  }

  step(by) {
    const cards = [...this.list.children];
    const next = cards[cards.indexOf(this.current) + by];
    if (!next) return;
    this.mark(next);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  click({ target }) {
    const button = target.closest("button");
    const card = target.closest(".card");
    if (button?.dataset.give) this.give(card, button.dataset.give);
    else if (button?.dataset.undo !== undefined) this.takeBack(card);
    else if (button?.dataset.jump) this.jump(card.item.statement);
    else if (card) this.mark(card);
  }

  /** One key: true where it meant something. Only where no text is being typed. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return false;
    const { key } = event;
    const card = this.root.hidden ? null : this.current;
    if (kept() && card && KEYS[key]) this.give(card, KEYS[key]);
    else if (kept() && key === "u") this.takeBack(card);
    else if (card && (key === "j" || key === "k")) this.step(key === "j" ? 1 : -1);
    else if (card && this.jump && key === "a") this.jump(card.item.statement);
    else if (key === "Escape" && this.origin?.isConnected) this.origin.focus();
    else return false;
    event.preventDefault();
    return true;
  }

  give(card, stance) {
    return this.attempt(card, async () => {
      await correct(card.item, stance);
      return card.item;
    });
  }

  takeBack(card) {
    return this.attempt(card, () => undo(card?.item));
  }

  /** Do it, show it, or say on the card why not. One at a time: two quick keys come in their order. */
  attempt(card, act) {
    this.busy = (this.busy ?? Promise.resolve()).then(async () => {
      try {
        const item = await act();
        if (!item) return;
        this.refresh(item);
        this.changed(item);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        this.complain(card, error.message);
      }
    });
    return this.busy;
  }

  complain(card, text) {
    if (card?.isConnected) card.querySelector(".problem").textContent = text;
    else announce(text);
  }
}

const WAYS = { "j k": "next, previous", "s d h n": "correct", u: "undo", a: "in the article", Esc: "back" };

/** The empty panel. */
export function panelOf(id) {
  return el(
    "section",
    { class: "panel", id, hidden: true, "aria-labelledby": `${id}-title` },
    el("h3", { id: `${id}-title`, dir: "auto" }),
    el("ol", { class: "cards" }),
    el("button", { type: "button", class: "more", hidden: true }, "Show more"),
    el("p", { class: "hint keys" }, ...Object.entries(WAYS).map(([key, way]) => el("span", {}, el("kbd", {}, key), ` ${way}`))),
  );
}
