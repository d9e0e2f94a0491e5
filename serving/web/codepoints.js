/** Texts by code points, as the server counts them: JavaScript counts UTF-16 units, two for an emoji. */

const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/;

/** A text with its code points numbered once; `unit` and `slice` then cost nothing. */
export class CodePoints {
  constructor(text) {
    this.text = text;
    this.units = PAIRS.test(text) ? unitsOf(text) : null; // null: both counts are the same
    this.length = this.units ? this.units.length - 1 : text.length;
  }

  /** Where in the JavaScript string code point `offset` begins. */
  unit(offset) {
    return this.units ? this.units[Math.min(offset, this.length)] : offset;
  }

  /** The stretch [start, end) of code points. */
  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }
}

function unitsOf(text) {
  const units = new Uint32Array(text.length + 1);
  let count = 0;
  for (let unit = 0; unit < text.length; unit += text.codePointAt(unit) > 0xffff ? 2 : 1) units[count++] = unit;
  units[count] = text.length;
  return units.subarray(0, count + 1);
}
