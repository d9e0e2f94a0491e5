/** Elements. Whatever comes from outside gets in as a text node or an attribute, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element; `attributes` with a function are listeners, null and false are left out; strings become text. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A sign of the page's own sprite, which says nothing to a screen reader: the word stands beside it. */
export function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "sign");
  svg.setAttribute("data-stance", name);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 16 16");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#sign-${name}`);
  svg.append(use);
  return svg;
}

/** Text for screen readers alone. */
export const unseen = (text) => el("span", { class: "unseen" }, text);

/** A name or a quotation in its own direction. */
export const bdi = (text) => el("bdi", {}, text);

/** 0.8437 as "84 %". */
export const percent = (share) => `${Math.round(100 * share)} %`;

/** "1 statement", "2 statements". */
export const counted = (count, noun, plural = `${noun}s`) => `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;

/** Say something to screen readers. */
export function announce(text) {
  document.getElementById("live").textContent = text;
}
