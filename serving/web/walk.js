/** One stop of the Tab key for a crowd of buttons: inside it the arrows walk. */

/** Keep exactly one of `root`'s elements that fit `selector` in the Tab order; arrows, Home and End move it. */
export function walkable(root, selector, across = () => null) {
  const all = () => [...root.querySelectorAll(selector)];
  const hold = (element) => {
    for (const one of root.querySelectorAll(`${selector}[tabindex="0"]`)) one.tabIndex = -1;
    if (element) element.tabIndex = 0;
  };
  root.addEventListener("focusin", ({ target }) => target.matches(selector) && hold(target));
  root.addEventListener("keydown", (event) => {
    const here = event.target.closest(selector);
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = across(here, event.key) ?? along(all(), here, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  return { settle: () => hold(all()[0]) };
}

function along(elements, here, key) {
  const place = elements.indexOf(here);
  const to = { ArrowDown: place + 1, ArrowRight: place + 1, ArrowUp: place - 1, ArrowLeft: place - 1, Home: 0, End: elements.length - 1 }[key];
  return elements[to];
}

/** In a table up and down stay in the column, left and right in the row, over empty cells. */
export function acrossTable(here, key) {
  const cell = here.closest("td");
  const row = cell.parentElement;
  const move = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[key];
  if (!move) return null;
  let [r, c] = [row.sectionRowIndex, cell.cellIndex];
  for (;;) {
    r += move[0];
    c += move[1];
    const next = row.parentElement.rows[r]?.cells[c];
    if (!next) return here;
    const button = next.querySelector("button");
    if (button) return button;
  }
}
